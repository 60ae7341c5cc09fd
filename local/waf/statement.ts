import type {
  FieldToMatch,
  IPSet,
  IPSetReferenceStatement,
  LabelMatchStatement,
  RegexPatternSet,
  SizeConstraintStatement,
  Statement,
  TextTransformation,
} from '@aws-sdk/client-wafv2';
import { compileAddresses } from './addresses.ts';
import { compileByteMatch } from './byte-match.ts';
import { compileField } from './field.ts';
import { forwardedAddresses } from './forwarded-address.ts';
import { looksLikeCrossSiteScripting, looksLikeSqlInjection } from './injection.ts';
import { compileRegex } from './regex.ts';
import type { InspectionRequest } from './request.ts';
import { compileTransformations } from './transformation.ts';

/** Whether a request, with the labels that earlier rules gave it, matches. Pure. */
export type Matches = (request: InspectionRequest, labels: ReadonlySet<string>) => boolean;

/** What a statement may refer to. */
export interface StatementSurroundings {
  readonly ipSets: Readonly<Record<string, Pick<IPSet, 'Addresses'>>>;
  readonly regexSets: Readonly<Record<string, Pick<RegexPatternSet, 'RegularExpressionList'>>>;
  readonly bodyLimit: number;
  /** `awswaf:<account>:webacl:<name>:`, the prefix of the web ACL's own labels. */
  readonly labelPrefix: string;
}

export function compileStatement(statement: Statement, around: StatementSurroundings): Matches {
  const { AndStatement, OrStatement, NotStatement } = statement;
  if (AndStatement) return every(compileAll(AndStatement.Statements, around));
  if (OrStatement) return some(compileAll(OrStatement.Statements, around));
  if (NotStatement) return not(compileStatement(NotStatement.Statement ?? {}, around));
  return compileSimple(statement, around);
}

function compileSimple(statement: Statement, around: StatementSurroundings): Matches {
  const onField = (part: FieldStatement, matches: (text: string) => boolean): Matches =>
    compileFieldMatch(part, matches, around.bodyLimit);
  const { ByteMatchStatement: bytes, SizeConstraintStatement: size, RegexMatchStatement: regex } = statement;
  const {
    RegexPatternSetReferenceStatement: set,
    SqliMatchStatement: sql,
    XssMatchStatement: xss,
  } = statement;
  if (bytes) return onField(bytes, compileByteMatch(bytes));
  if (size) return onField(size, compileSize(size));
  if (regex) return onField(regex, matchesAny([regex.RegexString ?? '']));
  if (set) return onField(set, matchesAny(regexStrings(set.ARN ?? '', around)));
  if (sql) return onField(sql, (text) => looksLikeSqlInjection(text, sql.SensitivityLevel ?? 'LOW'));
  if (xss) return onField(xss, looksLikeCrossSiteScripting);
  if (statement.IPSetReferenceStatement) return compileIpSet(statement.IPSetReferenceStatement, around);
  if (statement.LabelMatchStatement) return compileLabelMatch(statement.LabelMatchStatement, around);
  throw new TypeError(`Cannot compile the statement "${Object.keys(statement).join(', ')}": ${remedy}`);
}

const remedy =
  'expected And, Or, Not, ByteMatch, RegexMatch, RegexPatternSetReference, SizeConstraint, IPSetReference, LabelMatch, SqliMatch or XssMatch; rate-based statements stand at the top of a rule only';

interface FieldStatement {
  readonly FieldToMatch: FieldToMatch | undefined;
  readonly TextTransformations: TextTransformation[] | undefined;
}

function compileFieldMatch(
  { FieldToMatch, TextTransformations }: FieldStatement,
  matches: (text: string) => boolean,
  bodyLimit: number,
): Matches {
  const extract = compileField(FieldToMatch, bodyLimit);
  const transform = compileTransformations(TextTransformations);
  return (request) => {
    const texts = extract(request);
    if (texts === 'MATCH' || texts === 'NO_MATCH') return texts === 'MATCH';
    return texts.some((text) => matches(transform(text)));
  };
}

function compileSize({ ComparisonOperator, Size = 0 }: SizeConstraintStatement): (text: string) => boolean {
  const operators: Readonly<Record<string, (length: number) => boolean>> = {
    EQ: (length) => length === Size,
    NE: (length) => length !== Size,
    LE: (length) => length <= Size,
    LT: (length) => length < Size,
    GE: (length) => length >= Size,
    GT: (length) => length > Size,
  };
  const compare = operators[ComparisonOperator ?? ''];
  if (!compare) throw new TypeError(`Cannot compare sizes by "${ComparisonOperator}"`);
  return (text) => compare(text.length);
}

function matchesAny(patterns: readonly string[]): (text: string) => boolean {
  const compiled = patterns.map(compileRegex);
  return (text) => compiled.some((pattern) => pattern.test(text));
}

function regexStrings(arn: string, { regexSets }: StatementSurroundings): string[] {
  const found = regexSets[arn];
  if (!found) throw new TypeError(`Cannot compile a statement: no regex pattern set "${arn}"`);
  return (found.RegularExpressionList ?? []).map(({ RegexString }) => RegexString ?? '');
}

function compileIpSet(
  { ARN = '', IPSetForwardedIPConfig: forwarded }: IPSetReferenceStatement,
  { ipSets }: StatementSurroundings,
): Matches {
  const found = ipSets[ARN];
  if (!found) throw new TypeError(`Cannot compile a statement: no IP set "${ARN}"`);
  const contains = compileAddresses(found.Addresses ?? []);
  if (!forwarded) return ({ clientIp }) => contains(clientIp);
  return (request) => {
    const addresses = forwardedAddresses(request, forwarded);
    return typeof addresses === 'object' ? addresses.some(contains) : addresses === 'MATCH';
  };
}

/** A key without a prefix stands for the web ACL's own labels (WAF API reference, LabelMatchStatement). */
function compileLabelMatch(
  { Scope, Key = '' }: LabelMatchStatement,
  { labelPrefix }: StatementSurroundings,
): Matches {
  const full = Key.startsWith('awswaf:') ? Key : `${labelPrefix}${Key}`;
  if (Scope === 'NAMESPACE') return (_, labels) => [...labels].some((label) => label.startsWith(full));
  return (_, labels) => labels.has(full);
}

function compileAll(statements: readonly Statement[] = [], around: StatementSurroundings): Matches[] {
  return statements.map((statement) => compileStatement(statement, around));
}

function every(parts: readonly Matches[]): Matches {
  return (request, labels) => parts.every((matches) => matches(request, labels));
}

function some(parts: readonly Matches[]): Matches {
  return (request, labels) => parts.some((matches) => matches(request, labels));
}

function not(matches: Matches): Matches {
  return (request, labels) => !matches(request, labels);
}
