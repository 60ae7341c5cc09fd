import type { ParameterExceptionField, RateBasedStatement, Statement } from '@aws-sdk/client-wafv2';
import { invalidParameter, nonexistent, reasons } from './errors.ts';
import type { Wafv2State } from './state.ts';
import { childrenOf, fieldStatementOf } from './statements.ts';

/** How errors name the kinds of statement. */
export const statementFields = {
  AndStatement: 'AND_STATEMENT',
  AsnMatchStatement: 'STATEMENT',
  ByteMatchStatement: 'BYTE_MATCH_STATEMENT',
  GeoMatchStatement: 'GEO_MATCH_STATEMENT',
  IPSetReferenceStatement: 'IP_SET_REFERENCE_STATEMENT',
  LabelMatchStatement: 'LABEL_MATCH_STATEMENT',
  ManagedRuleGroupStatement: 'MANAGED_RULE_SET_STATEMENT',
  NotStatement: 'NOT_STATEMENT',
  OrStatement: 'OR_STATEMENT',
  RateBasedStatement: 'RATE_BASED_STATEMENT',
  RegexMatchStatement: 'STATEMENT',
  RegexPatternSetReferenceStatement: 'REGEX_PATTERN_REFERENCE_STATEMENT',
  RuleGroupReferenceStatement: 'RULE_GROUP_REFERENCE_STATEMENT',
  SizeConstraintStatement: 'SIZE_CONSTRAINT_STATEMENT',
  SqliMatchStatement: 'SQLI_MATCH_STATEMENT',
  XssMatchStatement: 'XSS_MATCH_STATEMENT',
} as const satisfies Record<keyof Statement, ParameterExceptionField>;

export interface StatementPlace {
  readonly scope: string;
  readonly nested: boolean;
}

export function checkStatement(state: Wafv2State, statement: Statement, place: StatementPlace): void {
  if (Object.keys(statement).length !== 1)
    throw invalidParameter('STATEMENT', 'Statement', reasons.exactlyOne);
  checkGroups(statement);
  checkLogic(statement);
  checkField(statement);
  if (statement.RateBasedStatement) checkRate(statement.RateBasedStatement, place);
  checkReference(state, statement, place);
  for (const child of childrenOf(statement)) checkStatement(state, child, { ...place, nested: true });
}

/** No rule group exists here, neither of this account nor of a vendor. */
function checkGroups({ RuleGroupReferenceStatement, ManagedRuleGroupStatement: managed }: Statement): void {
  if (RuleGroupReferenceStatement) throw nonexistent();
  if (!managed) return;
  const name = `${managed.VendorName}/${managed.Name}`;
  throw invalidParameter('MANAGED_RULE_SET_STATEMENT', name, 'The managed rule group is not available.');
}

function checkLogic({ AndStatement, OrStatement, NotStatement }: Statement): void {
  if (AndStatement && (AndStatement.Statements?.length ?? 0) < 2)
    throw invalidParameter('AND_STATEMENT', 'AndStatement', reasons.belowMinimum);
  if (OrStatement && (OrStatement.Statements?.length ?? 0) < 2)
    throw invalidParameter('OR_STATEMENT', 'OrStatement', reasons.belowMinimum);
  if (NotStatement && !NotStatement.Statement)
    throw invalidParameter('NOT_STATEMENT', 'NotStatement', reasons.exactlyOne);
}

function checkField(statement: Statement): void {
  const inspected = fieldStatementOf(statement);
  if (!inspected) return;
  const { FieldToMatch = {}, TextTransformations = [] } = inspected;
  if (Object.keys(FieldToMatch).length !== 1)
    throw invalidParameter('FIELD_TO_MATCH', 'FieldToMatch', reasons.exactlyOne);
  if (TextTransformations.length < 1)
    throw invalidParameter('TEXT_TRANSFORMATION', 'TextTransformations', reasons.belowMinimum);
  const priorities = TextTransformations.map(({ Priority }) => Priority);
  if (new Set(priorities).size < priorities.length)
    throw invalidParameter('TEXT_TRANSFORMATION', 'Priority', reasons.notUnique);
}

const windows = [60, 120, 300, 600];

function checkRate(rate: RateBasedStatement, { nested }: StatementPlace): void {
  const { AggregateKeyType, EvaluationWindowSec = 300, CustomKeys = [] } = rate;
  const fail = (parameter: string, reason: string) => {
    throw invalidParameter('RATE_BASED_STATEMENT', parameter, reason);
  };
  if (nested) fail('RateBasedStatement', reasons.nesting);
  if (!windows.includes(EvaluationWindowSec))
    fail(String(EvaluationWindowSec), `EvaluationWindowSec must be one of ${windows.join(', ')}.`);
  if (AggregateKeyType === 'CONSTANT' && !rate.ScopeDownStatement)
    throw invalidParameter('SCOPE_DOWN', 'ScopeDownStatement', 'CONSTANT requires a scope-down statement.');
  if (AggregateKeyType === 'FORWARDED_IP' && !rate.ForwardedIPConfig)
    throw invalidParameter('FORWARDED_IP_CONFIG', 'ForwardedIPConfig', reasons.exactlyOne);
  if ((AggregateKeyType === 'CUSTOM_KEYS') !== CustomKeys.length > 0)
    throw invalidParameter('CUSTOM_KEYS', 'CustomKeys', reasons.belowMinimum);
  if (CustomKeys.length > 5 || CustomKeys.some((key) => Object.keys(key).length !== 1))
    throw invalidParameter('CUSTOM_KEYS', 'CustomKeys', reasons.exactlyOne);
}

function checkReference(state: Wafv2State, statement: Statement, { scope }: StatementPlace): void {
  const { IPSetReferenceStatement: ip, RegexPatternSetReferenceStatement: regex } = statement;
  const known = (items: ReadonlyMap<string, { readonly scope: string }>, arn = '') => {
    if (!arn.startsWith('arn:')) throw invalidParameter('RESOURCE_ARN', arn, reasons.notAnArn);
    if (items.get(arn)?.scope !== scope) throw nonexistent();
  };
  if (ip) known(state.ipSets, ip.ARN);
  if (regex) known(state.regexSets, regex.ARN);
}
