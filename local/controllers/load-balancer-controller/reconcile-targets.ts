import type {
  ElasticLoadBalancingV2Client,
  TargetDescription,
  TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  DeregisterTargetsCommand,
  DescribeTargetHealthCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { V1Pod } from '@kubernetes/client-node';
import type { TargetGroupModel } from './model.ts';

/** A pod's condition for its target group (AWS Load Balancer Controller, "Pod readiness gate"). */
export function gateOf(targetGroupName: string): string {
  return `target-health.elbv2.k8s.aws/${targetGroupName}`;
}

/**
 * Registers the pods whose containers are ready (their gates may still be false, or none could ever become true),
 * deregisters the others, and returns each target's health.
 */
export async function reconcileTargets(
  elbv2: ElasticLoadBalancingV2Client,
  {
    arn,
    group,
    pods,
  }: { readonly arn: string; readonly group: TargetGroupModel; readonly pods: readonly V1Pod[] },
): Promise<readonly TargetHealthDescription[]> {
  const wanted = pods.filter(servesOrWillServe).flatMap((pod) => targetOf(pod, group));
  const { TargetHealthDescriptions: present = [] } = await elbv2.send(
    new DescribeTargetHealthCommand({ TargetGroupArn: arn }),
  );
  const registered = present.filter(({ TargetHealth }) => TargetHealth?.State !== 'draining');
  const missing = wanted.filter((target) => !registered.some(({ Target }) => sameTarget(Target, target)));
  const surplus = registered.flatMap(({ Target }) =>
    Target && !wanted.some((target) => sameTarget(Target, target)) ? [Target] : [],
  );
  if (missing.length > 0)
    await elbv2.send(new RegisterTargetsCommand({ TargetGroupArn: arn, Targets: missing }));
  if (surplus.length > 0)
    await elbv2.send(new DeregisterTargetsCommand({ TargetGroupArn: arn, Targets: surplus }));
  return present;
}

export function targetOf(
  pod: V1Pod,
  { targetPort }: Pick<TargetGroupModel, 'targetPort'>,
): TargetDescription[] {
  const Id = pod.status?.podIP;
  const ports = pod.spec?.containers.flatMap((container) => container.ports ?? []) ?? [];
  const Port =
    typeof targetPort === 'number'
      ? targetPort
      : ports.find(({ name }) => name === targetPort)?.containerPort;
  return Id && Port ? [{ Id, Port }] : [];
}

function servesOrWillServe({ metadata, status }: V1Pod): boolean {
  if (metadata?.deletionTimestamp) return false;
  return (
    status?.conditions?.some(({ type, status }) => type === 'ContainersReady' && status === 'True') ?? false
  );
}

export function sameTarget(a: TargetDescription | undefined, b: TargetDescription): boolean {
  return a?.Id === b.Id && a?.Port === b.Port;
}
