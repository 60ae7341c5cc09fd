import type { V1Node, V1NodeCondition, V1Taint } from '@kubernetes/client-node';
import { findCondition, withCondition } from '../conditions.ts';
import { nodeTaints } from '../taints.ts';

export type Readiness = 'True' | 'False' | 'Unknown';

export function readinessOf({ status }: V1Node): Readiness {
  const ready = findCondition(status?.conditions, 'Ready')?.status;
  return ready === 'True' || ready === 'False' ? ready : 'Unknown';
}

/** What the API shows of a node that was silent for too long. */
export function unknownConditions({ status }: V1Node, now: Date): V1NodeCondition[] {
  return ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'].reduce<V1NodeCondition[]>(
    (all, type) =>
      withCondition<V1NodeCondition>(
        all,
        {
          ...findCondition(all, type),
          type,
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
        },
        now,
      ),
    [...(status?.conditions ?? [])],
  );
}

/** The taints that keep new pods away: from the node's conditions, and from being cordoned. */
export function noScheduleTaints(node: V1Node): V1Taint[] {
  const readiness = readinessOf(node);
  const has = (type: string): boolean => findCondition(node.status?.conditions, type)?.status === 'True';
  const keys = [
    readiness === 'False' && nodeTaints.notReady,
    readiness === 'Unknown' && nodeTaints.unreachable,
    has('MemoryPressure') && nodeTaints.memoryPressure,
    has('DiskPressure') && nodeTaints.diskPressure,
    has('PIDPressure') && nodeTaints.pidPressure,
    has('NetworkUnavailable') && nodeTaints.networkUnavailable,
    node.spec?.unschedulable === true && nodeTaints.unschedulable,
  ];
  return keys.flatMap((key) => (key ? [{ key, effect: 'NoSchedule' }] : []));
}

/** The taint that sends pods away. */
export function noExecuteTaint(node: V1Node): V1Taint | undefined {
  const readiness = readinessOf(node);
  if (readiness === 'True') return undefined;
  const key = readiness === 'False' ? nodeTaints.notReady : nodeTaints.unreachable;
  return { key, effect: 'NoExecute' };
}

/** The node's taints with exactly the wanted of those that the controller manages. New ones get the time. */
export function withTaints({ spec }: V1Node, wanted: readonly V1Taint[], now: Date): V1Taint[] {
  const current = spec?.taints ?? [];
  const kept = current.filter((taint) => !isManaged(taint) || wanted.some((other) => isSame(taint, other)));
  const added = wanted.filter((taint) => !current.some((other) => isSame(taint, other)));
  return [...kept, ...added.map((taint) => ({ ...taint, timeAdded: now }))];
}

export function isSame(left: V1Taint, right: V1Taint): boolean {
  return left.key === right.key && left.effect === right.effect;
}

function isManaged({ key, effect }: V1Taint): boolean {
  const ofReadiness = key === nodeTaints.notReady || key === nodeTaints.unreachable;
  if (effect === 'NoExecute') return ofReadiness;
  return effect === 'NoSchedule' && Object.values<string>(nodeTaints).includes(key);
}
