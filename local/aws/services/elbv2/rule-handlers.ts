import type {
  CreateRuleInput,
  CreateRuleOutput,
  DeleteRuleInput,
  DescribeRulesInput,
  DescribeRulesOutput,
  ModifyRuleInput,
  ModifyRuleOutput,
  SetRulePrioritiesInput,
  SetRulePrioritiesOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../../service.ts';
import { checkActions } from './actions.ts';
import { checkConditions } from './conditions.ts';
import { describeRule } from './describe.ts';
import { describePage } from './describe-page.ts';
import { ruleArn } from './listener-handlers.ts';
import type { Elbv2State, StoredListener, StoredLoadBalancer, StoredRule } from './state.ts';
import { defaultPriority, findListener, findLoadBalancer, findRule, invalid, rulesOf } from './state.ts';

/** ELB user guide, quotas: rules of a load balancer, the default ones not counted. */
const most = 100;

export function ruleHandlers(state: Elbv2State) {
  return {
    CreateRule: (input: CreateRuleInput) => createRule(state, input),
    ModifyRule: (input: ModifyRuleInput) => modifyRule(state, input),
    SetRulePriorities: (input: SetRulePrioritiesInput) => setPriorities(state, input),
    DeleteRule: ({ RuleArn }: DeleteRuleInput): object => {
      const { arn } = notDefault(findRule(state, RuleArn), 'deleted');
      state.rules.delete(arn);
      state.tags.drop(arn);
      state.context.changed();
      return {};
    },
    DescribeRules: (input: DescribeRulesInput): DescribeRulesOutput => {
      const found = input.RuleArns?.length
        ? input.RuleArns.map((arn) => findRule(state, arn))
        : rulesOf(state, findListener(state, input.ListenerArn).arn);
      const { items, NextMarker } = describePage(
        found,
        input,
        ({ priority, arn }) => `${String(priority).padStart(6, '0')} ${arn}`,
      );
      return { Rules: items.map(describeRule), NextMarker };
    },
  };
}

function createRule(state: Elbv2State, input: CreateRuleInput): CreateRuleOutput {
  const listener = findListener(state, input.ListenerArn);
  refuseTransforms(input.Transforms);
  checkPriorities(state, listener.arn, new Map([['', input.Priority ?? 0]]));
  const arn = ruleArn(state, listener.arn);
  const rule: StoredRule = {
    arn,
    listenerArn: listener.arn,
    priority: input.Priority ?? 0,
    conditions: checkConditions(input.Conditions),
    actions: checkActions(state, loadBalancerOf(state, listener), input.Actions),
  };
  const own = [...state.rules.values()].filter(
    (other) => state.listeners.get(other.listenerArn)?.loadBalancerArn === listener.loadBalancerArn,
  );
  if (own.filter(({ priority }) => priority !== defaultPriority).length >= most)
    throw new AwsError('TooManyRules', `The maximum number of rules has been reached (${most})`);
  state.rules.set(arn, rule);
  state.tags.add(arn, input.Tags ?? []);
  state.context.changed();
  return { Rules: [describeRule(rule)] };
}

function modifyRule(state: Elbv2State, input: ModifyRuleInput): ModifyRuleOutput {
  const rule = notDefault(findRule(state, input.RuleArn), 'modified');
  refuseTransforms(input.Transforms);
  const listener = findListener(state, rule.listenerArn);
  const conditions = input.Conditions ? checkConditions(input.Conditions) : rule.conditions;
  const actions = input.Actions
    ? checkActions(state, loadBalancerOf(state, listener), input.Actions)
    : rule.actions;
  Object.assign(rule, { conditions, actions });
  state.context.changed();
  return { Rules: [describeRule(rule)] };
}

function setPriorities(
  state: Elbv2State,
  { RulePriorities = [] }: SetRulePrioritiesInput,
): SetRulePrioritiesOutput {
  const wanted = RulePriorities.map(({ RuleArn, Priority = 0 }) => ({
    rule: notDefault(findRule(state, RuleArn), 'modified'),
    priority: Priority,
  }));
  const listenerArn = wanted[0]?.rule.listenerArn ?? '';
  if (wanted.some(({ rule }) => rule.listenerArn !== listenerArn))
    throw invalid('All rules must belong to the same listener');
  checkPriorities(state, listenerArn, new Map(wanted.map(({ rule, priority }) => [rule.arn, priority])));
  for (const { rule, priority } of wanted) rule.priority = priority;
  state.context.changed();
  return { Rules: wanted.map(({ rule }) => describeRule(rule)) };
}

/** `wanted`: the new priorities by rule ARN; these rules' own current ones do not count. */
function checkPriorities(state: Elbv2State, listenerArn: string, wanted: ReadonlyMap<string, number>): void {
  const others = rulesOf(state, listenerArn).filter(({ arn }) => !wanted.has(arn));
  const taken = new Set(others.map(({ priority }) => priority));
  for (const priority of wanted.values()) {
    if (priority < 1 || priority > 50_000)
      throw invalid(`Priority '${priority}' must be between 1 and 50000`);
    if (taken.has(priority))
      throw new AwsError('PriorityInUse', `Priority '${priority}' is currently in use`);
    taken.add(priority);
  }
}

function notDefault(rule: StoredRule, done: string): StoredRule {
  if (rule.priority !== defaultPriority) return rule;
  throw new AwsError('OperationNotPermitted', `Default rule '${rule.arn}' cannot be ${done}`);
}

function loadBalancerOf(state: Elbv2State, { loadBalancerArn }: StoredListener): StoredLoadBalancer {
  return findLoadBalancer(state, loadBalancerArn);
}

function refuseTransforms(transforms: readonly unknown[] | undefined): void {
  if (transforms?.length)
    throw new AwsError('InvalidConfigurationRequest', 'Rule transforms are not supported');
}
