import type {
  DescribeTargetHealthInput,
  DescribeTargetHealthOutput,
  TargetHealth,
  TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Elbv2State, StoredTarget, StoredTargetGroup } from './state.ts';
import { findTargetGroup, loadBalancersUsing } from './state.ts';

/** Registration is known here, health in the data plane. Descriptions: ELB user guide, "Health check reason codes". */
export function describeTargetHealth(
  state: Elbv2State,
  { TargetGroupArn, Targets, Include = [] }: DescribeTargetHealthInput,
): DescribeTargetHealthOutput {
  const group = findTargetGroup(state, TargetGroupArn);
  const checked = state.ports.targetHealth(group.arn);
  const anomalies = Include.length > 0;
  const registered = group.targets.map((target) => describe(state, group, target, checked, anomalies));
  if (!Targets?.length) return { TargetHealthDescriptions: registered };
  const asked = Targets.map(({ Id, Port = group.config.Port }) => {
    const found = registered.find(({ Target }) => Target?.Id === Id && Target?.Port === Port);
    return found ?? { Target: { Id, Port }, TargetHealth: notRegistered };
  });
  return { TargetHealthDescriptions: asked };
}

const notRegistered: TargetHealth = {
  State: 'unused',
  Reason: 'Target.NotRegistered',
  Description: 'Target is not registered to the target group',
};
const notInUse: TargetHealth = {
  State: 'unused',
  Reason: 'Target.NotInUse',
  Description: 'Target group is not configured to receive traffic from the load balancer',
};
const zoneNotEnabled: TargetHealth = {
  State: 'unused',
  Reason: 'Target.NotInUse',
  Description: 'Target is in an Availability Zone that is not enabled for the load balancer',
};
const draining: TargetHealth = {
  State: 'draining',
  Reason: 'Target.DeregistrationInProgress',
  Description: 'Target deregistration is in progress',
};
const registering: TargetHealth = {
  State: 'initial',
  Reason: 'Elb.RegistrationInProgress',
  Description: 'Target registration is in progress',
};

function describe(
  state: Elbv2State,
  group: StoredTargetGroup,
  target: StoredTarget,
  checked: readonly TargetHealthDescription[],
  anomalies: boolean,
): TargetHealthDescription {
  const { HealthCheckPort } = group.config;
  const own = checked.find(({ Target }) => Target?.Id === target.id && Target?.Port === target.port);
  return {
    Target: { Id: target.id, Port: target.port, AvailabilityZone: target.zone },
    HealthCheckPort: HealthCheckPort === 'traffic-port' ? String(target.port) : HealthCheckPort,
    TargetHealth: target.draining
      ? draining
      : (unused(state, group, target) ?? own?.TargetHealth ?? registering),
    AnomalyDetection: anomalies ? { Result: 'normal', MitigationInEffect: 'no' } : undefined,
  };
}

function unused(
  state: Elbv2State,
  { arn }: StoredTargetGroup,
  { zone }: StoredTarget,
): TargetHealth | undefined {
  const users = loadBalancersUsing(state, arn);
  if (users.length === 0) return notInUse;
  const enabled = users.some((user) => state.loadBalancers.get(user)?.addresses.has(zone));
  return enabled || zone === 'all' ? undefined : zoneNotEnabled;
}
