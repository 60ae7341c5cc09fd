import type { FieldToMatch, Rule, Statement, TextTransformation } from '@aws-sdk/client-wafv2';

/** Every statement of the rules, outer ones first. */
export function statementsOf(rules: readonly Rule[]): Statement[] {
  return rules.flatMap(({ Statement = {} }) => [...within(Statement)]);
}

export function childrenOf(statement: Statement): Statement[] {
  const { AndStatement, OrStatement, NotStatement, RateBasedStatement } = statement;
  const single = [NotStatement?.Statement, RateBasedStatement?.ScopeDownStatement];
  return [
    ...(AndStatement?.Statements ?? []),
    ...(OrStatement?.Statements ?? []),
    ...single.filter((child) => child !== undefined),
  ];
}

/** What a statement inspects a part of the request with. */
export interface FieldStatement {
  readonly FieldToMatch: FieldToMatch | undefined;
  readonly TextTransformations: TextTransformation[] | undefined;
}

export function fieldStatementOf(statement: Statement): FieldStatement | undefined {
  return (
    statement.ByteMatchStatement ??
    statement.RegexMatchStatement ??
    statement.RegexPatternSetReferenceStatement ??
    statement.SizeConstraintStatement ??
    statement.SqliMatchStatement ??
    statement.XssMatchStatement
  );
}

/** The IP sets and regex pattern sets that the rules refer to. */
export function referencesOf(rules: readonly Rule[]): string[] {
  return statementsOf(rules).flatMap(({ IPSetReferenceStatement, RegexPatternSetReferenceStatement }) =>
    [IPSetReferenceStatement?.ARN, RegexPatternSetReferenceStatement?.ARN].filter((arn) => arn !== undefined),
  );
}

function* within(statement: Statement): Generator<Statement> {
  yield statement;
  for (const child of childrenOf(statement)) yield* within(child);
}
