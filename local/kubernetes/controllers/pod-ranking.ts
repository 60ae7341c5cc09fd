import type { V1Pod } from '@kubernetes/client-node';
import { findCondition } from '../conditions.ts';
import { isReady } from '../pods.ts';
import { instantMs } from '../timestamps.ts';

/**
 * Which pods a ReplicaSet gives up first (Kubernetes documentation, "ReplicaSet", scaling; `ActivePodsWithRanks`):
 * unassigned, pending, not ready, cheaper by `pod-deletion-cost`, on a node with more siblings, ready for a shorter
 * time, restarted more often, younger.
 */
export function rankForDeletion(pods: readonly V1Pod[], siblings: readonly V1Pod[]): V1Pod[] {
  const onNode = new Map<string | undefined, number>();
  for (const { spec } of siblings) onNode.set(spec?.nodeName, (onNode.get(spec?.nodeName) ?? 0) + 1);
  const keys = new Map(pods.map((pod) => [pod, sortKey(pod, onNode.get(pod.spec?.nodeName) ?? 0)]));
  return [...pods].sort((left, right) => compareKeys(keys.get(left) ?? [], keys.get(right) ?? []));
}

/** Smaller goes first. */
function sortKey(pod: V1Pod, siblingsOnNode: number): number[] {
  const ready = isReady(pod);
  const readySince = instantMs(findCondition(pod.status?.conditions, 'Ready')?.lastTransitionTime) ?? 0;
  const restarts = Math.max(0, ...(pod.status?.containerStatuses ?? []).map((status) => status.restartCount));
  return [
    pod.spec?.nodeName ? 1 : 0,
    phaseOrder[pod.status?.phase ?? 'Pending'] ?? 0,
    ready ? 1 : 0,
    deletionCost(pod),
    -siblingsOnNode,
    ready ? -readySince : 0,
    -restarts,
    -(instantMs(pod.metadata?.creationTimestamp) ?? 0),
  ];
}

const phaseOrder: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** An unreadable cost counts as none: the real API server refuses it, ours need not. */
function deletionCost({ metadata }: V1Pod): number {
  const cost = Number(metadata?.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0);
  return Number.isInteger(cost) ? cost : 0;
}

function compareKeys(left: readonly number[], right: readonly number[]): number {
  const index = left.findIndex((value, at) => value !== right[at]);
  return index < 0 ? 0 : (left[index] ?? 0) - (right[index] ?? 0);
}
