import type { RateBasedStatement, Rule, RuleAction, WebACL } from '@aws-sdk/client-wafv2';
import { type AggregationKey, compileRateKey } from './rate-key.ts';
import { compileStatement, type Matches, type StatementSurroundings } from './statement.ts';

/** A rule, ready to be evaluated. */
export interface CompiledRule {
  readonly name: string;
  /** The kind of statement, as the log names it. */
  readonly type: 'REGULAR' | 'RATE_BASED';
  readonly matches: Matches;
  readonly rate?: CompiledRate;
  readonly action: RuleAction;
  /** Full names. */
  readonly labels: readonly string[];
}

export interface CompiledRate {
  readonly limit: number;
  readonly windowSec: number;
  readonly key: AggregationKey;
  /** Changes when anything that resets the counts does. */
  readonly settings: string;
}

export interface CompiledWebAcl {
  readonly arn: string;
  readonly rules: readonly CompiledRule[];
  readonly source: WebACL;
}

export type References = Pick<StatementSurroundings, 'ipSets' | 'regexSets'>;

/** Throws a TypeError that names the rule when it holds something that is not done here. */
export function compileWebAcl(source: WebACL, references: References): CompiledWebAcl {
  const around: StatementSurroundings = {
    ...references,
    bodyLimit: bodyLimit(source),
    labelPrefix: source.LabelNamespace ?? labelNamespace(source),
  };
  refuseForeignRules(source);
  refuseAction(source.DefaultAction ?? {}, 'the default action');
  const rules = (source.Rules ?? [])
    .toSorted((a, b) => (a.Priority ?? 0) - (b.Priority ?? 0))
    .map((rule) => compileRule(rule, around, source.Name));
  return { arn: source.ARN ?? '', rules, source };
}

function compileRule(rule: Rule, around: StatementSurroundings, acl: string | undefined): CompiledRule {
  const name = rule.Name ?? '';
  const { RateBasedStatement: rate } = rule.Statement ?? {};
  refuseAction(rule.Action ?? {}, `the rule "${name}"`);
  try {
    return {
      name,
      type: rate ? 'RATE_BASED' : 'REGULAR',
      matches: rate ? compileScope(rate, around) : compileStatement(rule.Statement ?? {}, around),
      rate: rate && compileRate(rate),
      action: rule.Action ?? {},
      labels: (rule.RuleLabels ?? []).map((label) => `${around.labelPrefix}${label.Name}`),
    };
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new TypeError(`Cannot compile the rule "${name}" of the web ACL "${acl}": ${problem}`, { cause });
  }
}

function compileScope(rate: RateBasedStatement, around: StatementSurroundings): Matches {
  return rate.ScopeDownStatement ? compileStatement(rate.ScopeDownStatement, around) : () => true;
}

const windows = [60, 120, 300, 600];

function compileRate(rate: RateBasedStatement): CompiledRate {
  const windowSec = rate.EvaluationWindowSec ?? 300;
  const limit = Number(rate.Limit);
  if (!windows.includes(windowSec)) {
    throw new RangeError(`expected EvaluationWindowSec to be one of ${windows.join(', ')}, got ${windowSec}`);
  }
  if (!(limit >= 10 && limit <= 2_000_000_000)) {
    throw new RangeError(`expected Limit to be from 10 to 2000000000, got ${rate.Limit}`);
  }
  return { limit, windowSec, key: compileRateKey(rate), settings: settingsText(rate) };
}

function settingsText(rate: RateBasedStatement): string {
  return JSON.stringify(rate, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  );
}

/** Load balancers hand over 8 KB, fixed; CloudFront 16 KB unless the web ACL asks for more. */
function bodyLimit({ ARN = '', AssociationConfig }: WebACL): number {
  if (!ARN.includes(':global/')) return 8 * 1024;
  const asked = AssociationConfig?.RequestBody?.CLOUDFRONT?.DefaultSizeInspectionLimit ?? 'KB_16';
  return Number(asked.slice('KB_'.length)) * 1024;
}

function labelNamespace({ ARN = '', Name }: WebACL): string {
  return `awswaf:${ARN.split(':')[4] ?? ''}:webacl:${Name}:`;
}

function refuseAction(action: RuleAction, whose: string): void {
  const other = Object.keys(action).find((name) => !['Allow', 'Block', 'Count'].includes(name));
  if (other) {
    throw new TypeError(`Cannot compile ${whose}: expected Allow, Block or Count, got "${other}"`);
  }
}

function refuseForeignRules(source: WebACL): void {
  const foreign = [
    ...(source.PreProcessFirewallManagerRuleGroups ?? []),
    ...(source.PostProcessFirewallManagerRuleGroups ?? []),
  ];
  if (foreign.length > 0) {
    throw new TypeError(
      `Cannot compile the web ACL "${source.Name}": it has rule groups of Firewall Manager`,
    );
  }
}
