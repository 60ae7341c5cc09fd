import type {
  CreateLoadBalancerInput,
  DeleteLoadBalancerInput,
  DescribeLoadBalancerAttributesInput,
  DescribeLoadBalancerAttributesOutput,
  DescribeLoadBalancersInput,
  DescribeLoadBalancersOutput,
  ModifyLoadBalancerAttributesInput,
  ModifyLoadBalancerAttributesOutput,
  SetSecurityGroupsInput,
  SetSecurityGroupsOutput,
  SetSubnetsInput,
  SetSubnetsOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../../service.ts';
import { listAttributes, loadBalancerAttributes, withAttributes } from './attributes.ts';
import { addressesFor, checkSecurityGroups, createLoadBalancer, placesOf } from './create-load-balancer.ts';
import { describeLoadBalancer } from './describe.ts';
import { describePage } from './describe-page.ts';
import { dropListener } from './listener-handlers.ts';
import type { Elbv2State, StoredLoadBalancer } from './state.ts';
import { findLoadBalancer, invalid, listenersOf } from './state.ts';

export function loadBalancerHandlers(state: Elbv2State) {
  return {
    CreateLoadBalancer: (input: CreateLoadBalancerInput) => createLoadBalancer(state, input),
    DescribeLoadBalancers: (input: DescribeLoadBalancersInput) => describeLoadBalancers(state, input),
    DeleteLoadBalancer: (input: DeleteLoadBalancerInput) => deleteLoadBalancer(state, input),
    DescribeLoadBalancerAttributes: (
      input: DescribeLoadBalancerAttributesInput,
    ): DescribeLoadBalancerAttributesOutput => ({
      Attributes: listAttributes(findLoadBalancer(state, input.LoadBalancerArn).attributes),
    }),
    ModifyLoadBalancerAttributes: (input: ModifyLoadBalancerAttributesInput) => modify(state, input),
    SetSecurityGroups: (input: SetSecurityGroupsInput) => setSecurityGroups(state, input),
    SetSubnets: (input: SetSubnetsInput) => setSubnets(state, input),
  };
}

function describeLoadBalancers(
  state: Elbv2State,
  { Names, LoadBalancerArns, ...page }: DescribeLoadBalancersInput,
): DescribeLoadBalancersOutput {
  if (Names?.length && LoadBalancerArns?.length)
    throw invalid('Load balancer names and load balancer ARNs cannot be specified at the same time');
  const all = [...state.loadBalancers.values()];
  const asked = (values: readonly string[], keyOf: (item: StoredLoadBalancer) => string) => {
    const found = all.filter((item) => values.includes(keyOf(item)));
    if (found.length === new Set(values).size) return found;
    const missing = values.filter((value) => !found.some((item) => keyOf(item) === value));
    throw new AwsError('LoadBalancerNotFound', `Load balancers '[${missing.join(', ')}]' not found`);
  };
  let found = all;
  if (Names?.length) found = asked(Names, ({ name }) => name);
  if (LoadBalancerArns?.length) found = asked(LoadBalancerArns, ({ arn }) => arn);
  const { items, NextMarker } = describePage(found, page, ({ arn }) => arn);
  return { LoadBalancers: items.map(describeLoadBalancer), NextMarker };
}

/** ELB API reference: deleting one that does not exist succeeds. */
function deleteLoadBalancer(state: Elbv2State, { LoadBalancerArn = '' }: DeleteLoadBalancerInput): object {
  const stored = state.loadBalancers.get(LoadBalancerArn);
  if (!stored) return {};
  if (stored.attributes['deletion_protection.enabled'] === 'true')
    throw new AwsError(
      'OperationNotPermitted',
      `Load balancer '${stored.arn}' cannot be deleted because deletion protection is enabled`,
    );
  for (const listener of listenersOf(state, stored.arn)) dropListener(state, listener.arn);
  state.loadBalancers.delete(stored.arn);
  state.tags.drop(stored.arn);
  state.context.changed();
  return {};
}

function modify(
  state: Elbv2State,
  { LoadBalancerArn, Attributes = [] }: ModifyLoadBalancerAttributesInput,
): ModifyLoadBalancerAttributesOutput {
  const stored = findLoadBalancer(state, LoadBalancerArn);
  stored.attributes = withAttributes(loadBalancerAttributes, stored.attributes, Attributes);
  state.context.changed();
  return { Attributes: listAttributes(stored.attributes) };
}

function setSecurityGroups(
  state: Elbv2State,
  { LoadBalancerArn, SecurityGroups = [] }: SetSecurityGroupsInput,
): SetSecurityGroupsOutput {
  const stored = findLoadBalancer(state, LoadBalancerArn);
  checkSecurityGroups(state, SecurityGroups);
  stored.securityGroups = [...SecurityGroups];
  state.context.changed();
  return { SecurityGroupIds: [...SecurityGroups] };
}

function setSubnets(state: Elbv2State, input: SetSubnetsInput): SetSubnetsOutput {
  const stored = findLoadBalancer(state, input.LoadBalancerArn);
  stored.subnets = placesOf(state, input);
  stored.addresses = addressesFor(state, stored.subnets, stored.addresses);
  state.context.changed();
  const { AvailabilityZones, IpAddressType } = describeLoadBalancer(stored);
  return { AvailabilityZones, IpAddressType };
}
