import type { RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../../service.ts';
import { invalid } from './state.ts';

/** Conditions as ELB keeps them: host and path values both at the top and in their own member. */
export function checkConditions(conditions: readonly RuleCondition[] | undefined): readonly RuleCondition[] {
  const given = conditions ?? [];
  if (given.length === 0) throw invalid('A condition must be specified');
  for (const field of ['host-header', 'path-pattern', 'http-request-method', 'source-ip'])
    if (given.filter(({ Field }) => Field === field).length > 1)
      throw invalid(`Rule can have at most 1 condition with field '${field}'`);
  const result = given.map(checkCondition);
  const count = result.reduce((sum, condition) => sum + valuesOf(condition).length, 0);
  if (count > 5)
    throw new AwsError('InvalidConfigurationRequest', 'A rule can have at most 5 condition values');
  return result;
}

function checkCondition(condition: RuleCondition): RuleCondition {
  const { Field = '' } = condition;
  const member = members[Field];
  if (!member)
    throw invalid(`Condition field '${Field}' must be one of '[${Object.keys(members).join(', ')}]'`);
  if (condition.RegexValues?.length) throw invalid('Regular expressions in conditions are not supported');
  if (ownValues(condition)?.length && condition.Values?.length)
    throw invalid(`You cannot specify both 'Values' and '${member}'`);
  const values = valuesOf(condition);
  if (values.length === 0) throw invalid(`A condition value must be specified for field '${Field}'`);
  for (const value of values) checkValue(Field, value);
  if (
    Field === 'http-header' &&
    !/^[\w!#$%&'*+.^`|~-]{1,40}$/.test(condition.HttpHeaderConfig?.HttpHeaderName ?? '')
  )
    throw invalid('A valid HTTP header name must be specified');
  if (Field === 'host-header' || Field === 'path-pattern')
    return { Field, Values: values, [member]: { Values: values } };
  return condition;
}

const members: Readonly<Record<string, keyof RuleCondition>> = {
  'host-header': 'HostHeaderConfig',
  'path-pattern': 'PathPatternConfig',
  'http-header': 'HttpHeaderConfig',
  'query-string': 'QueryStringConfig',
  'http-request-method': 'HttpRequestMethodConfig',
  'source-ip': 'SourceIpConfig',
};

function valuesOf(condition: RuleCondition): string[] {
  const { Field = '', QueryStringConfig, Values } = condition;
  if (Field === 'query-string')
    return (QueryStringConfig?.Values ?? []).map(({ Key, Value }) => `${Key ?? ''}=${Value}`);
  return ownValues(condition) ?? Values ?? [];
}

function ownValues(condition: RuleCondition): string[] | undefined {
  const config = members[condition.Field ?? ''];
  return config && (condition[config] as { Values?: string[] } | undefined)?.Values;
}

function checkValue(field: string, value: string): void {
  if (value.length > 128) throw invalid(`Condition value '${value}' can have at most 128 characters`);
  const pattern = patterns[field];
  if (pattern && !pattern.test(value))
    throw invalid(`Condition value '${value}' contains a character that is not valid`);
}

const patterns: Readonly<Record<string, RegExp>> = {
  'host-header': /^[A-Za-z0-9.*?-]+$/,
  'path-pattern': /^[A-Za-z0-9_\-.$/~"'@:+&*?]+$/,
  'http-request-method': /^[A-Z_-]{1,40}$/,
  'source-ip': /^[0-9a-fA-F.:]+\/\d{1,3}$/,
};
