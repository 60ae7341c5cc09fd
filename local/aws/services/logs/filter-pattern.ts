import { AwsError } from '../../service.ts';

export type MessageFilter = (message: string) => boolean;

/**
 * CloudWatch's filter patterns, those that a search for canaries and errors uses: terms that must all be there,
 * `?a ?b` of which one must, `-a` that must not, "phrases", %regular expressions%, and `{ $.path = value }` with
 * `&&` or `||` for JSON. Space-delimited patterns (`[a, b]`) are refused.
 */
export function parseFilterPattern(pattern: string): MessageFilter {
  const trimmed = pattern.trim();
  if (trimmed === '') return () => true;
  if (trimmed.startsWith('{')) return jsonFilter(trimmed);
  return termFilter(trimmed);
}

function termFilter(pattern: string): MessageFilter {
  const terms = splitTerms(pattern);
  const needed = terms.filter(({ sign }) => sign === '');
  const optional = terms.filter(({ sign }) => sign === '?');
  const forbidden = terms.filter(({ sign }) => sign === '-');
  return (message) =>
    needed.every(({ test }) => test(message)) &&
    !forbidden.some(({ test }) => test(message)) &&
    // With a needed term beside them, optional terms say nothing (CloudWatch Logs user guide, filter pattern syntax).
    (needed.length > 0 || optional.length === 0 || optional.some(({ test }) => test(message)));
}

interface Term {
  readonly sign: string;
  readonly test: MessageFilter;
}

function splitTerms(pattern: string): Term[] {
  const token = /\s*(?<sign>[?-]?)(?:"(?<phrase>(?:\\.|[^"\\])*)"|%(?<regex>[^%]+)%|(?<word>\w+))(?=\s|$)/y;
  const terms: Term[] = [];
  while (token.lastIndex < pattern.length) {
    const groups = token.exec(pattern)?.groups;
    if (!groups) throw invalid(pattern);
    terms.push({ sign: groups.sign ?? '', test: termTest(pattern, groups) });
  }
  return terms;
}

function termTest(
  pattern: string,
  { phrase, regex, word }: Record<string, string | undefined>,
): MessageFilter {
  if (regex !== undefined) {
    const compiled = compile(pattern, regex);
    return (message) => compiled.test(message);
  }
  const text = phrase === undefined ? (word ?? '') : phrase.replace(/\\(.)/g, '$1');
  return (message) => message.includes(text);
}

function jsonFilter(pattern: string): MessageFilter {
  const body = /^\{(.*)\}$/s.exec(pattern)?.[1]?.trim();
  if (body === undefined || (body.includes('&&') && body.includes('||'))) throw invalid(pattern);
  const all = !body.includes('||');
  const tests = body.split(all ? '&&' : '||').map((part) => comparison(pattern, part.trim()));
  return (message) => {
    const value = parseJson(message);
    if (value === undefined) return false;
    return all ? tests.every((test) => test(value)) : tests.some((test) => test(value));
  };
}

const comparisonPattern =
  /^\(?\s*\$(?<path>(?:\.[\w-]+|\["[^"]+"\]|\[\d+\])+)\s*(?:(?<operator>=|!=|<=|>=|<|>)\s*(?<operand>"(?:\\.|[^"\\])*"|[\w.*-]+)|(?<word>IS NULL|IS TRUE|IS FALSE|NOT EXISTS))\s*\)?$/;

function comparison(pattern: string, text: string): (value: unknown) => boolean {
  const groups = comparisonPattern.exec(text)?.groups;
  if (!groups) throw invalid(pattern);
  const path = [...(groups.path ?? '').matchAll(/\.([\w-]+)|\["([^"]+)"\]|\[(\d+)\]/g)].map(
    (part) => part[1] ?? part[2] ?? part[3] ?? '',
  );
  const { operator = '', operand = '', word } = groups;
  if (word !== undefined) return (value) => isWord(word, at(value, path));
  return (value) => compare(at(value, path), operator, operand);
}

function isWord(word: string, found: unknown): boolean {
  if (word === 'NOT EXISTS') return found === undefined;
  return found === { 'IS NULL': null, 'IS TRUE': true, 'IS FALSE': false }[word];
}

function compare(found: unknown, operator: string, operand: string): boolean {
  if (found === undefined) return false;
  const text = operand.startsWith('"') ? operand.slice(1, -1).replace(/\\(.)/g, '$1') : operand;
  if (operator === '=' || operator === '!=') return like(text, String(found)) === (operator === '=');
  const [left, right] = [Number(found), Number(text)];
  if (Number.isNaN(left) || Number.isNaN(right)) return false;
  if (operator === '<') return left < right;
  if (operator === '<=') return left <= right;
  return operator === '>' ? left > right : left >= right;
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (found, name) =>
      typeof found === 'object' && found !== null && Object.hasOwn(found, name)
        ? (found as Record<string, unknown>)[name]
        : undefined,
    value,
  );
}

function like(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
}

function parseJson(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function compile(pattern: string, source: string): RegExp {
  try {
    return new RegExp(source);
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid(pattern);
    throw error;
  }
}

function invalid(pattern: string): AwsError {
  return new AwsError('InvalidParameterException', `Invalid filter pattern: ${pattern}`);
}
