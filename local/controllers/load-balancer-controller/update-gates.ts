import type { TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { CoreV1Api, V1Pod } from '@kubernetes/client-node';
import { ApiException, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import type { TargetGroupModel } from './model.ts';
import { gateOf, sameTarget, targetOf } from './reconcile-targets.ts';

/** Sets each gated pod's condition to what the load balancer sees (reference §5, "Readiness gate"). */
export async function updateGates(
  core: CoreV1Api,
  {
    group,
    pods,
    health,
    now,
  }: {
    readonly group: TargetGroupModel;
    readonly pods: readonly V1Pod[];
    readonly health: readonly TargetHealthDescription[];
    readonly now: Date;
  },
): Promise<void> {
  const gate = gateOf(group.name);
  for (const pod of pods) {
    if (!pod.spec?.readinessGates?.some(({ conditionType }) => conditionType === gate)) continue;
    const seen = healthOf(pod, group, health);
    const status = seen?.State === 'healthy' ? 'True' : 'False';
    const present = pod.status?.conditions?.find(({ type }) => type === gate);
    if (present?.status === status && present.reason === seen?.Reason) continue;
    const lastTransitionTime = present?.status === status ? present.lastTransitionTime : now;
    const condition = {
      type: gate,
      status,
      reason: seen?.Reason,
      message: seen?.Description,
      lastTransitionTime,
    };
    await patchCondition(core, pod, condition);
  }
}

function healthOf(pod: V1Pod, group: TargetGroupModel, health: readonly TargetHealthDescription[]) {
  const [target] = targetOf(pod, group);
  return target && health.find(({ Target }) => sameTarget(Target, target))?.TargetHealth;
}

/** A pod that is gone meanwhile needs no condition. */
async function patchCondition(core: CoreV1Api, { metadata }: V1Pod, condition: object): Promise<void> {
  const { namespace = 'default', name = '' } = metadata ?? {};
  await core
    .patchNamespacedPodStatus(
      { namespace, name, body: { status: { conditions: [condition] } } },
      setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
    )
    .catch((error: unknown) => {
      if (!(error instanceof ApiException && error.code === 404)) throw error;
    });
}
