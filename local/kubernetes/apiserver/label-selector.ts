import { badRequest } from './status.ts';

export type Labels = Readonly<Record<string, string>>;
export type Matcher<T> = (value: T) => boolean;

/**
 * The grammar of `labelSelector=`: `a`, `!a`, `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a>1`, `a<1`,
 * joined by commas (Kubernetes documentation, "Labels and Selectors").
 */
export function parseLabelSelector(selector: string): Matcher<Labels> {
  const requirements = splitRequirements(selector).map((text) => parseRequirement(text, selector));
  return (labels) => requirements.every((matches) => matches(labels));
}

/** A `LabelSelector` object. An absent one selects nothing, an empty one everything. */
export function compileLabelSelector(
  selector:
    | {
        matchLabels?: Labels;
        matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
      }
    | undefined,
): Matcher<Labels> {
  if (!selector) return () => false;
  const equal = Object.entries(selector.matchLabels ?? {});
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values }) =>
    compileOperator(key, operator.toLowerCase(), values ?? []),
  );
  return (labels) =>
    equal.every(([key, value]) => labels[key] === value) && expressions.every((matches) => matches(labels));
}

/** Commas inside parentheses belong to their set. */
function splitRequirements(selector: string): string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((text) => text.trim())
    .filter((text) => text !== '');
}

const pattern =
  /^(?:(?<absent>!)\s*(?<absentKey>[\w./-]+)|(?<key>[\w./-]+)(?:\s*(?<operator>==|=|!=|>|<)\s*(?<value>[\w.-]*)|\s+(?<set>in|notin)\s*\((?<values>[^()]*)\))?)$/;

function parseRequirement(text: string, selector: string): Matcher<Labels> {
  const groups = pattern.exec(text)?.groups;
  if (!groups) {
    throw badRequest(`unable to parse requirement: found '${text}' in the label selector "${selector}"`);
  }
  const key = groups.key ?? groups.absentKey ?? '';
  if (groups.absent) return compileOperator(key, 'doesnotexist', []);
  if (groups.set) {
    const values = (groups.values ?? '').split(',').map((value) => value.trim());
    return compileOperator(key, groups.set, values);
  }
  return compileOperator(key, groups.operator ?? 'exists', [groups.value ?? '']);
}

function compileOperator(key: string, operator: string, values: readonly string[]): Matcher<Labels> {
  const [first = ''] = values;
  switch (operator) {
    case 'exists':
      return (labels) => Object.hasOwn(labels, key);
    case 'doesnotexist':
      return (labels) => !Object.hasOwn(labels, key);
    case '=':
    case '==':
    case 'in':
      return (labels) => Object.hasOwn(labels, key) && values.includes(labels[key] ?? '');
    case '!=':
    case 'notin':
      return (labels) => !Object.hasOwn(labels, key) || !values.includes(labels[key] ?? '');
    case '>':
      return (labels) => isInteger(labels[key]) && Number(labels[key]) > Number(first);
    case '<':
      return (labels) => isInteger(labels[key]) && Number(labels[key]) < Number(first);
    default:
      throw badRequest(`"${operator}" is not a valid label selector operator`);
  }
}

function isInteger(value: string | undefined): boolean {
  return value !== undefined && /^-?\d+$/.test(value);
}
