import type { ByteMatchStatement, IPSetReferenceStatement, Rule, Statement } from '@aws-sdk/client-wafv2';
import { fieldStatementOf, statementsOf } from './statements.ts';

/**
 * Web ACL capacity units (WAF Developer Guide, "WCUs" of each rule statement). A transformation of a component is paid
 * for once, however many statements use it ("Web ACL capacity units", processing optimizations).
 */
export function capacityOf(rules: readonly Rule[]): number {
  const statements = statementsOf(rules);
  const transformations = new Set(statements.flatMap(transformationsOf));
  return (
    statements.map(costOf).reduce((sum, cost) => sum + cost, 0) + transformationCost * transformations.size
  );
}

const transformationCost = 10;
const allQueryArgumentsCost = 10;
const customKeyCost = 30;

function costOf(statement: Statement): number {
  const { RateBasedStatement: rate, IPSetReferenceStatement: ipSet } = statement;
  if (rate) return 2 + customKeyCost * (rate.CustomKeys?.length ?? 0);
  if (ipSet) return ipSetCost(ipSet);
  if (statement.LabelMatchStatement || statement.GeoMatchStatement || statement.AsnMatchStatement) return 1;
  const field = fieldStatementOf(statement)?.FieldToMatch;
  if (!field) return 0;
  return (
    baseCost(statement) * (field.JsonBody ? 2 : 1) + (field.AllQueryArguments ? allQueryArgumentsCost : 0)
  );
}

function baseCost(statement: Statement): number {
  const { ByteMatchStatement, SqliMatchStatement } = statement;
  if (ByteMatchStatement) return byteMatchCost(ByteMatchStatement);
  if (SqliMatchStatement) return SqliMatchStatement.SensitivityLevel === 'HIGH' ? 30 : 20;
  if (statement.XssMatchStatement) return 40;
  if (statement.RegexPatternSetReferenceStatement) return 25;
  if (statement.RegexMatchStatement) return 3;
  return 1;
}

function byteMatchCost({ PositionalConstraint }: ByteMatchStatement): number {
  return PositionalConstraint?.startsWith('CONTAINS') ? 10 : 2;
}

function ipSetCost({ IPSetForwardedIPConfig }: IPSetReferenceStatement): number {
  return IPSetForwardedIPConfig?.Position === 'ANY' ? 5 : 1;
}

function transformationsOf(statement: Statement): string[] {
  const { FieldToMatch, TextTransformations = [] } = fieldStatementOf(statement) ?? {};
  const component = JSON.stringify(FieldToMatch);
  return TextTransformations.filter(({ Type }) => Type !== 'NONE').map(({ Type }) => `${component} ${Type}`);
}
