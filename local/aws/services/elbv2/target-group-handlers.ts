import type {
  CreateTargetGroupInput,
  CreateTargetGroupOutput,
  DeleteTargetGroupInput,
  DescribeTargetGroupAttributesInput,
  DescribeTargetGroupAttributesOutput,
  DescribeTargetGroupsInput,
  DescribeTargetGroupsOutput,
  ModifyTargetGroupAttributesInput,
  ModifyTargetGroupAttributesOutput,
  ModifyTargetGroupInput,
  ModifyTargetGroupOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../../service.ts';
import { initialAttributes, listAttributes, targetGroupAttributes, withAttributes } from './attributes.ts';
import { describeTargetGroup } from './describe.ts';
import { describePage } from './describe-page.ts';
import type { Elbv2State, StoredTargetGroup } from './state.ts';
import { findLoadBalancer, findTargetGroup, invalid, loadBalancersUsing } from './state.ts';
import { checkedHealthCheck, newTargetGroup } from './target-group-settings.ts';

export function targetGroupHandlers(state: Elbv2State) {
  return {
    CreateTargetGroup: (input: CreateTargetGroupInput) => createTargetGroup(state, input),
    DescribeTargetGroups: (input: DescribeTargetGroupsInput) => describeTargetGroups(state, input),
    ModifyTargetGroup: (input: ModifyTargetGroupInput): ModifyTargetGroupOutput => {
      const stored = findTargetGroup(state, input.TargetGroupArn);
      stored.config = { ...stored.config, ...checkedHealthCheck({ ...stored.config, ...given(input) }) };
      state.context.changed();
      return { TargetGroups: [describeTargetGroup(state, stored)] };
    },
    DeleteTargetGroup: (input: DeleteTargetGroupInput) => deleteTargetGroup(state, input),
    DescribeTargetGroupAttributes: (
      input: DescribeTargetGroupAttributesInput,
    ): DescribeTargetGroupAttributesOutput => ({
      Attributes: listAttributes(findTargetGroup(state, input.TargetGroupArn).attributes),
    }),
    ModifyTargetGroupAttributes: (
      input: ModifyTargetGroupAttributesInput,
    ): ModifyTargetGroupAttributesOutput => {
      const stored = findTargetGroup(state, input.TargetGroupArn);
      stored.attributes = withAttributes(targetGroupAttributes, stored.attributes, input.Attributes ?? []);
      state.context.changed();
      return { Attributes: listAttributes(stored.attributes) };
    },
  };
}

function createTargetGroup(state: Elbv2State, input: CreateTargetGroupInput): CreateTargetGroupOutput {
  const config = newTargetGroup(input);
  const existing = [...state.targetGroups.values()].find(
    (other) => other.config.TargetGroupName === config.TargetGroupName,
  );
  if (existing) return repeated(state, existing, config);
  const { region, accountId, random } = state.context;
  const stored: StoredTargetGroup = {
    arn: `arn:aws:elasticloadbalancing:${region}:${accountId}:targetgroup/${input.Name}/${random.hex(16)}`,
    config,
    attributes: initialAttributes(targetGroupAttributes),
    targets: [],
  };
  state.targetGroups.set(stored.arn, stored);
  state.tags.add(stored.arn, input.Tags ?? []);
  state.context.changed();
  return { TargetGroups: [describeTargetGroup(state, stored)] };
}

/** The same call again gives what the first one made. */
function repeated(state: Elbv2State, existing: StoredTargetGroup, config: object): CreateTargetGroupOutput {
  if (JSON.stringify(existing.config) === JSON.stringify(config))
    return { TargetGroups: [describeTargetGroup(state, existing)] };
  throw new AwsError(
    'DuplicateTargetGroupName',
    `A target group with the same name '${existing.config.TargetGroupName}' exists, but with different settings`,
  );
}

function describeTargetGroups(
  state: Elbv2State,
  { Names, TargetGroupArns, LoadBalancerArn, ...page }: DescribeTargetGroupsInput,
): DescribeTargetGroupsOutput {
  if ([Names?.length, TargetGroupArns?.length, LoadBalancerArn].filter(Boolean).length > 1)
    throw invalid(
      'Target group names, target group ARNs, and a load balancer ARN cannot be specified at the same time',
    );
  let found = [...state.targetGroups.values()];
  if (LoadBalancerArn) {
    const { arn } = findLoadBalancer(state, LoadBalancerArn);
    found = found.filter((group) => loadBalancersUsing(state, group.arn).includes(arn));
  }
  if (TargetGroupArns?.length) found = TargetGroupArns.map((arn) => findTargetGroup(state, arn));
  if (Names?.length) {
    found = found.filter(({ config }) => Names.includes(config.TargetGroupName ?? ''));
    if (found.length < new Set(Names).size)
      throw new AwsError('TargetGroupNotFound', 'One or more target groups not found');
  }
  const { items, NextMarker } = describePage(found, page, ({ arn }) => arn);
  return { TargetGroups: items.map((item) => describeTargetGroup(state, item)), NextMarker };
}

/** ELB API reference: deleting one that does not exist succeeds. */
function deleteTargetGroup(state: Elbv2State, { TargetGroupArn = '' }: DeleteTargetGroupInput): object {
  const stored = state.targetGroups.get(TargetGroupArn);
  if (!stored) return {};
  if (loadBalancersUsing(state, stored.arn).length > 0)
    throw new AwsError(
      'ResourceInUse',
      `Target group '${stored.arn}' is currently in use by a listener or a rule`,
    );
  for (const { draining } of stored.targets) draining?.abort();
  state.targetGroups.delete(stored.arn);
  state.tags.drop(stored.arn);
  state.context.changed();
  return {};
}

function given<T extends object>(input: T): Partial<T> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as Partial<T>;
}
