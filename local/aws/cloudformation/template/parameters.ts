import type { Parameter } from '@aws-sdk/client-cloudformation';
import type { ParameterDeclaration, Template } from './template.ts';
import { invalid } from './template.ts';

/** A parameter's text as given, what it means to `Ref`, and whether it may be shown. */
export interface ParameterValue {
  readonly text: string;
  readonly value: string | readonly string[];
  readonly noEcho: boolean;
  /** Of an `AWS::SSM::Parameter::Value<…>`: what the named parameter held. */
  readonly resolved?: string;
}

export interface ParameterSources {
  readonly given: readonly Parameter[];
  /** Values of the stack before this update, for `UsePreviousValue`. */
  readonly previous?: ReadonlyMap<string, ParameterValue>;
  /** Reads a Systems Manager parameter. */
  readonly stored: (name: string) => Promise<string>;
}

/** All missing parameters are named at once, as CloudFormation does. */
export async function resolveParameters(
  template: Template,
  { given, previous, stored }: ParameterSources,
): Promise<Map<string, ParameterValue>> {
  const declared = Object.entries(template.parameters);
  const unknown = given.filter(({ ParameterKey }) => !(String(ParameterKey) in template.parameters));
  if (unknown.length > 0)
    throw invalid(
      `Parameters: [${unknown.map((one) => one.ParameterKey).join(', ')}] do not exist in the template`,
    );
  const texts = declared.map(([name, declaration]) => textOf(name, declaration, given, previous));
  const missing = declared.filter((_, index) => texts[index] === undefined).map(([name]) => name);
  if (missing.length > 0) throw invalid(`Parameters: [${missing.join(', ')}] must have values`);
  const values = new Map<string, ParameterValue>();
  for (const [index, [name, declaration]] of declared.entries()) {
    const text = texts[index] ?? '';
    checkConstraints(name, declaration, text);
    values.set(name, await resolvedValue(declaration, text, stored));
  }
  return values;
}

function textOf(
  name: string,
  declaration: ParameterDeclaration,
  given: readonly Parameter[],
  previous: ParameterSources['previous'],
): string | undefined {
  const parameter = given.find((one) => one.ParameterKey === name);
  if (parameter?.UsePreviousValue) {
    const value = previous?.get(name);
    if (!value)
      throw invalid(
        `Invalid input for parameter key ${name}. Cannot specify usePreviousValue as true for a parameter key not in the previous template`,
      );
    return value.text;
  }
  if (parameter?.ParameterValue !== undefined) return parameter.ParameterValue;
  return declaration.Default === undefined ? undefined : String(declaration.Default);
}

async function resolvedValue(
  declaration: ParameterDeclaration,
  text: string,
  stored: (name: string) => Promise<string>,
): Promise<ParameterValue> {
  const noEcho = String(declaration.NoEcho ?? false) === 'true';
  const ssm = /^AWS::SSM::Parameter::Value<(.+)>$/.exec(declaration.Type);
  if (ssm) {
    const resolved = await stored(text);
    return { text, value: typed(ssm[1] ?? '', resolved), noEcho, resolved };
  }
  return { text, value: typed(declaration.Type, text), noEcho };
}

function typed(type: string, text: string): string | readonly string[] {
  if (type !== 'CommaDelimitedList' && !type.startsWith('List<')) return text;
  return text === '' ? [] : text.split(',').map((item) => item.trim());
}

/** The words are CloudFormation's; a declaration's ConstraintDescription takes the place of the last part. */
function checkConstraints(name: string, declaration: ParameterDeclaration, text: string): void {
  const items = [typed(declaration.Type, text)].flat();
  const fail = (problem: string): never => {
    const { ConstraintDescription: described } = declaration;
    throw invalid(
      described === undefined
        ? `Parameter '${name}' ${problem}`
        : `Parameter ${name} failed to satisfy constraint: ${described}`,
    );
  };
  if (
    /Number/.test(declaration.Type) &&
    items.some((item) => item.trim() === '' || Number.isNaN(Number(item)))
  )
    fail('must be a number');
  if (
    declaration.AllowedValues &&
    items.some((item) => !declaration.AllowedValues?.map(String).includes(item))
  )
    fail('must be one of AllowedValues');
  if (declaration.AllowedPattern && !new RegExp(`^(?:${declaration.AllowedPattern})$`).test(text))
    fail(`must match pattern ${declaration.AllowedPattern}`);
  const bounds: readonly [unknown, (limit: number) => boolean, string][] = [
    [declaration.MinLength, (limit) => text.length >= limit, 'must contain at least $ characters'],
    [declaration.MaxLength, (limit) => text.length <= limit, 'must contain at most $ characters'],
    [declaration.MinValue, (limit) => Number(text) >= limit, 'must be a number not less than $'],
    [declaration.MaxValue, (limit) => Number(text) <= limit, 'must be a number not greater than $'],
  ];
  for (const [limit, holds, problem] of bounds)
    if (limit !== undefined && !holds(Number(limit))) fail(problem.replace('$', String(limit)));
}
