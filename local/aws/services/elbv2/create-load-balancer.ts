import type {
  CreateLoadBalancerInput,
  CreateLoadBalancerOutput,
  SubnetMapping,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../../service.ts';
import type { SubnetPlace } from '../subnet-place.ts';
import { initialAttributes, loadBalancerAttributes } from './attributes.ts';
import { describeLoadBalancer } from './describe.ts';
import type { Elbv2State, StoredLoadBalancer } from './state.ts';
import { invalid } from './state.ts';

/** From the call to `active`: minutes in reality, and nothing depends on their number. */
const provisioningMs = 5_000;

export function createLoadBalancer(
  state: Elbv2State,
  input: CreateLoadBalancerInput,
): CreateLoadBalancerOutput {
  const name = input.Name ?? '';
  checkName(name);
  if ((input.Type ?? 'application') !== 'application')
    throw new AwsError(
      'InvalidConfigurationRequest',
      `Load balancers of type '${input.Type}' are not supported`,
    );
  if ((input.IpAddressType ?? 'ipv4') !== 'ipv4')
    throw new AwsError(
      'InvalidConfigurationRequest',
      `IP address type '${input.IpAddressType}' is not supported`,
    );
  const subnets = placesOf(state, input);
  checkSecurityGroups(state, input.SecurityGroups ?? []);
  const existing = [...state.loadBalancers.values()].find((other) => other.name === name);
  if (existing) return repeated(existing, input, subnets);
  const stored = build(state, input, subnets);
  state.loadBalancers.set(stored.arn, stored);
  state.tags.add(stored.arn, input.Tags ?? []);
  activateLater(state, stored);
  state.context.changed();
  return { LoadBalancers: [describeLoadBalancer(stored)] };
}

/** The subnets asked for: known, of one VPC, in at least two zones, one a zone. */
export function placesOf(
  { ports }: Elbv2State,
  {
    Subnets,
    SubnetMappings,
  }: { Subnets?: string[] | undefined; SubnetMappings?: SubnetMapping[] | undefined },
): readonly SubnetPlace[] {
  const ids = Subnets?.length ? Subnets : (SubnetMappings ?? []).map(({ SubnetId = '' }) => SubnetId);
  const places = ports.subnets(ids);
  const unknown = ids.find((id) => !places.some(({ subnetId }) => subnetId === id));
  if (unknown) throw new AwsError('SubnetNotFound', `The subnet ID '${unknown}' does not exist`);
  if (new Set(places.map(({ vpcId }) => vpcId)).size > 1)
    throw new AwsError('InvalidConfigurationRequest', 'All subnets must belong to the same VPC');
  const zones = new Set(places.map(({ zone }) => zone));
  if (zones.size < places.length)
    throw new AwsError(
      'InvalidConfigurationRequest',
      'A load balancer cannot be attached to multiple subnets in the same Availability Zone',
    );
  if (zones.size < 2)
    throw invalid('At least two subnets in two different Availability Zones must be specified');
  return [...places].sort((a, b) => (a.zone < b.zone ? -1 : 1));
}

/** A zone keeps its address; a new one gets its own. */
export function addressesFor(
  { ports }: Elbv2State,
  subnets: readonly SubnetPlace[],
  current: ReadonlyMap<string, string>,
): Map<string, string> {
  return new Map(subnets.map(({ zone }) => [zone, current.get(zone) ?? ports.allocateAddress(zone)]));
}

export function checkSecurityGroups({ ports }: Elbv2State, groups: readonly string[]): void {
  const known = ports.securityGroups(groups);
  const unknown = groups.find((group) => !known.includes(group));
  if (unknown) throw new AwsError('InvalidSecurityGroup', `Security group '${unknown}' does not exist`);
}

function checkName(name: string): void {
  if (name.length < 1 || name.length > 32)
    throw invalid(`The load balancer name '${name}' cannot be longer than '32' characters`);
  if (!/^[A-Za-z0-9-]+$/.test(name))
    throw invalid(
      `The load balancer name '${name}' can only contain characters that are alphanumeric characters and hyphens(-)`,
    );
  if (name.startsWith('-') || name.endsWith('-'))
    throw invalid(`The load balancer name '${name}' cannot begin or end with a hyphen(-)`);
  if (name.startsWith('internal-'))
    throw invalid(`The load balancer name '${name}' cannot begin with 'internal-'`);
}

/** The same call again gives what the first one made. */
function repeated(
  existing: StoredLoadBalancer,
  { Scheme = 'internet-facing', SecurityGroups }: CreateLoadBalancerInput,
  subnets: readonly SubnetPlace[],
): CreateLoadBalancerOutput {
  const same =
    existing.scheme === Scheme &&
    sameItems(
      existing.subnets.map(({ subnetId }) => subnetId),
      subnets.map(({ subnetId }) => subnetId),
    ) &&
    (!SecurityGroups?.length || sameItems(existing.securityGroups, SecurityGroups));
  if (same) return { LoadBalancers: [describeLoadBalancer(existing)] };
  throw new AwsError(
    'DuplicateLoadBalancerName',
    `A load balancer with the same name '${existing.name}' exists, but with different settings`,
  );
}

function sameItems(a: readonly string[], b: readonly string[]): boolean {
  return [...a].sort().join() === [...b].sort().join();
}

function build(
  state: Elbv2State,
  input: CreateLoadBalancerInput,
  subnets: readonly SubnetPlace[],
): StoredLoadBalancer {
  const { random, region, accountId, clock } = state.context;
  const name = input.Name ?? '';
  const scheme = input.Scheme ?? 'internet-facing';
  const vpcId = subnets[0]?.vpcId ?? '';
  const digits = String(1_000_000_000 + random.below(1_000_000_000));
  return {
    arn: `arn:aws:elasticloadbalancing:${region}:${accountId}:loadbalancer/app/${name}/${random.hex(16)}`,
    name,
    dnsName: `${scheme === 'internal' ? 'internal-' : ''}${name}-${digits}.${region}.elb.amazonaws.com`,
    scheme,
    vpcId,
    createdTime: clock.now(),
    subnets,
    addresses: addressesFor(state, subnets, new Map()),
    securityGroups: input.SecurityGroups?.length
      ? [...input.SecurityGroups]
      : [state.ports.defaultSecurityGroup(vpcId)],
    state: 'provisioning',
    attributes: initialAttributes(loadBalancerAttributes),
  };
}

function activateLater({ context }: Elbv2State, stored: StoredLoadBalancer): void {
  context.clock.after(
    provisioningMs,
    () => {
      stored.state = 'active';
      context.changed();
    },
    context.signal,
  );
}
