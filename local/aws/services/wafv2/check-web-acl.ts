import type { CreateWebACLRequest, ParameterExceptionField, Rule, WebACL } from '@aws-sdk/client-wafv2';
import { TextTransformationType } from '@aws-sdk/client-wafv2';
import { capacityOf } from './capacity.ts';
import type { ResponseBodies } from './check-action.ts';
import { checkDefaultAction, checkRuleAction } from './check-action.ts';
import { checkStatement, statementFields } from './check-statement.ts';
import { rangeViolations, refuse, texts, textViolations } from './constraints.ts';
import { invalidParameter, overLimit, reasons } from './errors.ts';
import { referencedSets } from './snapshot.ts';
import type { Wafv2State } from './state.ts';

/** What both creation and update give. */
export type WebAclSettings = Omit<CreateWebACLRequest, 'Tags'>;

export function checkSettings(state: Wafv2State, settings: WebAclSettings): void {
  const { Scope: scope = '', DefaultAction = {}, Rules = [], CustomResponseBodies: bodies = {} } = settings;
  refuse([
    ...textViolations('description', settings.Description || undefined, texts.description),
    ...textViolations('visibilityConfig.metricName', settings.VisibilityConfig?.MetricName, texts.metricName),
  ]);
  refuseUndone(settings);
  checkDefaultAction(DefaultAction, bodies);
  checkRules(state, Rules, { scope, bodies });
}

export function checkRules(
  state: Wafv2State,
  rules: readonly Rule[],
  { scope, bodies }: { readonly scope: string; readonly bodies: ResponseBodies },
): void {
  refuse(rules.flatMap((rule, index) => [...ruleViolations(rule, `rules.${index + 1}.member`)]));
  for (const member of ['Name', 'Priority'] as const) {
    const values = rules.map((rule) => rule[member]);
    const repeated = values.find((value, index) => values.indexOf(value) !== index);
    if (repeated !== undefined) throw invalidParameter('RULE', String(repeated), reasons.notUnique);
  }
  for (const rule of rules) {
    checkStatement(state, rule.Statement ?? {}, { scope, nested: false });
    checkRuleAction(rule, bodies);
  }
  const capacity = capacityOf(rules);
  if (capacity > mostCapacity) throw overLimit(`${capacity} web ACL capacity units of ${mostCapacity}`);
}

/** WAF Developer Guide, "AWS WAF quotas". */
const mostCapacity = 5000;

/** What the data plane cannot do is refused when it is asked for, not when a request comes. */
export function checkDataPlane(state: Wafv2State, webAcl: WebACL): void {
  const problems = state.ports.check?.(webAcl, referencedSets(state)) ?? [];
  if (problems.length === 0) return;
  const reason = problems.join('; ');
  throw invalidParameter(fieldNamedIn(reason), webAcl.Name ?? '', reason);
}

/** The data plane quotes the member or value that it does not know. */
function fieldNamedIn(problem: string): ParameterExceptionField {
  const named = Object.entries(fieldsByName).find(([name]) => problem.includes(`"${name}"`));
  return named?.[1] ?? 'WEB_ACL';
}

const fieldsByName: Readonly<Record<string, ParameterExceptionField>> = {
  ...statementFields,
  ...allAs('RULE_ACTION', ['Captcha', 'Challenge', 'Monetize']),
  ...allAs('FIELD_TO_MATCH', ['JsonBody', 'HeaderOrder', 'JA3Fingerprint', 'JA4Fingerprint', 'UriFragment']),
  ...allAs('TEXT_TRANSFORMATION', Object.keys(TextTransformationType)),
};

function allAs(field: ParameterExceptionField, names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [name, field]));
}

function* ruleViolations(rule: Rule, at: string): Generator<string> {
  const { Name, Priority, VisibilityConfig, RuleLabels = [], Statement = {} } = rule;
  yield* textViolations(`${at}.name`, Name, texts.entityName);
  yield* textViolations(`${at}.visibilityConfig.metricName`, VisibilityConfig?.MetricName, texts.metricName);
  yield* rangeViolations(`${at}.priority`, Priority, [0, 2_147_483_647]);
  for (const label of RuleLabels) yield* textViolations(`${at}.ruleLabels.name`, label.Name, texts.label);
  const limit = Statement.RateBasedStatement?.Limit;
  yield* rangeViolations(`${at}.statement.rateBasedStatement.limit`, limit && Number(limit), rateLimits);
}

const rateLimits = [10, 2_000_000_000] as const;

/** Settings that nothing here acts on. */
function refuseUndone(settings: WebAclSettings): void {
  const undone: readonly [keyof WebAclSettings, ParameterExceptionField][] = [
    ['DataProtectionConfig', 'DATA_PROTECTION_CONFIG'],
    ['MonetizationConfig', 'MONETIZATION_CONFIG'],
    ['OnSourceDDoSProtectionConfig', 'LOW_REPUTATION_MODE'],
    ['ApplicationConfig', 'WEB_ACL'],
  ];
  for (const [member, field] of undone)
    if (settings[member] !== undefined)
      throw invalidParameter(field, member, 'The setting is not available for this web ACL.');
}
