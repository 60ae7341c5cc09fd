import type { IPSet, RegexPatternSet, WebACL } from '@aws-sdk/client-wafv2';
import type { Clock } from '../base/clock.ts';
import { type Decision, describeDecision } from './decision.ts';
import { evaluate } from './evaluate.ts';
import { createRateCounter, type RateCounter } from './rate-counter.ts';
import type { Inspection, InspectionRequest } from './request.ts';
import { type CompiledWebAcl, compileWebAcl } from './web-acl.ts';

export interface FirewallConfig {
  readonly webAcls: readonly WebACL[];
  /** By ARN. */
  readonly ipSets: Readonly<Record<string, Pick<IPSet, 'Addresses'>>>;
  /** By ARN. */
  readonly regexSets: Readonly<Record<string, Pick<RegexPatternSet, 'RegularExpressionList'>>>;
}

export interface Firewall {
  /**
   * Replaces the whole configuration. Counts of rate-based rules whose settings stay the same go on. Throws, with
   * every problem, before anything changes when a web ACL holds something that is not done here.
   */
  apply(config: FirewallConfig): void;
  inspect(request: InspectionRequest): Promise<Inspection>;
  /** The keys that a rate-based rule limits now. */
  rateKeys(webAclArn: string, ruleName: string): readonly string[];
}

export interface FirewallOptions {
  readonly clock: Clock;
  /** Called for each request, with its line for the web ACL's log. */
  readonly onDecision?: (decision: Decision) => void;
}

export function createFirewall({ clock, onDecision }: FirewallOptions): Firewall {
  let acls = new Map<string, CompiledWebAcl>();
  let counters = new Map<string, CounterOfRule>();

  function inspect(request: InspectionRequest): Inspection {
    const acl = acls.get(request.webAclArn);
    if (!acl) throw new Error(`Cannot inspect a request: no web ACL "${request.webAclArn}" was applied`);
    const at = clock.elapsedMs();
    const counterOf = (rule: string): RateCounter | undefined =>
      counters.get(counterName(acl.arn, rule))?.counter;
    const evaluation = evaluate(acl, request, (rule, key) => counterOf(rule)?.limited(key, at) ?? false);
    for (const { rule, key } of evaluation.rates) counterOf(rule)?.count(key, at);
    onDecision?.(describeDecision(acl, request, evaluation, clock.now()));
    return evaluation.inspection;
  }

  return {
    apply: (config) => {
      const compiled = compileAll(config);
      acls = new Map(compiled.map((acl) => [acl.arn, acl]));
      counters = keepCounters(compiled, counters);
    },
    inspect: async (request) => inspect(request),
    rateKeys: (webAclArn, ruleName) =>
      counters.get(counterName(webAclArn, ruleName))?.counter.limitedKeys(clock.elapsedMs()) ?? [],
  };
}

interface CounterOfRule {
  readonly settings: string;
  readonly counter: RateCounter;
}

function compileAll({ webAcls, ipSets, regexSets }: FirewallConfig): CompiledWebAcl[] {
  const problems: unknown[] = [];
  const compiled = webAcls.flatMap((acl) => {
    try {
      return [compileWebAcl(acl, { ipSets, regexSets })];
    } catch (error) {
      problems.push(error);
      return [];
    }
  });
  if (problems.length === 1) throw problems[0];
  if (problems.length > 1) throw new AggregateError(problems, problems.map(String).join('; '));
  return compiled;
}

/** WAF Developer Guide, "Rate-based rule caveats": changing a rule's rate settings resets its counts. */
function keepCounters(
  acls: readonly CompiledWebAcl[],
  before: ReadonlyMap<string, CounterOfRule>,
): Map<string, CounterOfRule> {
  const kept = new Map<string, CounterOfRule>();
  for (const { arn, rules } of acls) {
    for (const { name, rate } of rules) {
      if (!rate) continue;
      const known = before.get(counterName(arn, name));
      const same = known?.settings === rate.settings ? known : undefined;
      kept.set(counterName(arn, name), same ?? { settings: rate.settings, counter: createRateCounter(rate) });
    }
  }
  return kept;
}

function counterName(arn: string, rule: string): string {
  return `${arn}\n${rule}`;
}
