import { isIPv4 } from 'node:net';
import type {
  DeregisterTargetsInput,
  DescribeTargetHealthInput,
  RegisterTargetsInput,
  TargetDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../../service.ts';
import type { Elbv2State, StoredTarget, StoredTargetGroup } from './state.ts';
import { findTargetGroup, invalid } from './state.ts';
import { describeTargetHealth } from './target-health.ts';

export function targetHandlers(state: Elbv2State) {
  return {
    RegisterTargets: (input: RegisterTargetsInput) => registerTargets(state, input),
    DeregisterTargets: (input: DeregisterTargetsInput) => deregisterTargets(state, input),
    DescribeTargetHealth: (input: DescribeTargetHealthInput) => describeTargetHealth(state, input),
  };
}

function registerTargets(state: Elbv2State, { TargetGroupArn, Targets = [] }: RegisterTargetsInput): object {
  const group = findTargetGroup(state, TargetGroupArn);
  const added = Targets.map((target) => newTarget(state, group, target));
  const keys = new Set(added.map(keyOf));
  for (const target of group.targets) if (keys.has(keyOf(target))) target.draining?.abort();
  group.targets = [...group.targets.filter((target) => !keys.has(keyOf(target))), ...added];
  state.context.changed();
  return {};
}

function newTarget({ ports }: Elbv2State, group: StoredTargetGroup, target: TargetDescription): StoredTarget {
  const { Id: id = '', Port: port = group.config.Port ?? 0 } = target;
  if (group.config.TargetType === 'ip' && !isIPv4(id))
    throw invalid(`The IP address '${id}' is not a valid IPv4 address`);
  if (group.config.TargetType === 'instance' && !/^i-[0-9a-f]{8,17}$/.test(id))
    throw invalid(`Instance ID '${id}' is not valid`);
  if (port < 1 || port > 65_535) throw invalid(`Port '${port}' must be between 1 and 65535`);
  const zone = target.AvailabilityZone ?? ports.zoneOf(id);
  if (!zone)
    throw new AwsError('InvalidTarget', `The following targets are not in the target group VPC: '${id}'`);
  return { id, port, zone, draining: undefined, outOfRotation: false };
}

/** ELB API reference: a target that is not there is passed over. */
function deregisterTargets(
  state: Elbv2State,
  { TargetGroupArn, Targets = [] }: DeregisterTargetsInput,
): object {
  const group = findTargetGroup(state, TargetGroupArn);
  const asked = new Set(Targets.map(({ Id = '', Port }) => `${Id}:${Port ?? group.config.Port}`));
  for (const target of group.targets)
    if (asked.has(keyOf(target)) && !target.draining) drain(state, group, target);
  state.context.changed();
  return {};
}

/**
 * The nodes of a load balancer go on sending for seconds after a target is deregistered (AWS Load Balancer Controller
 * issues 1719 and 2106): the reason why a pod that ends needs a preStop wait.
 */
const propagationMs = 3000;

function drain({ context }: Elbv2State, group: StoredTargetGroup, target: StoredTarget): void {
  const { clock, signal, changed } = context;
  const delayMs = Number(group.attributes['deregistration_delay.timeout_seconds']) * 1000;
  const stop = new AbortController();
  target.draining = stop;
  const until = AbortSignal.any([signal, stop.signal]);
  const leaveRotation = (): void => {
    target.outOfRotation = true;
    changed();
  };
  const remove = (): void => {
    group.targets = group.targets.filter((other) => other !== target);
    changed();
  };
  clock.after(propagationMs, leaveRotation, until);
  clock.after(Math.max(delayMs, propagationMs), remove, until);
}

function keyOf({ id, port }: StoredTarget): string {
  return `${id}:${port}`;
}
