import type { V1Taint, V1Toleration } from '@kubernetes/client-node';

/** Taints that the node lifecycle controller puts on and takes off. */
export const nodeTaints = {
  notReady: 'node.kubernetes.io/not-ready',
  unreachable: 'node.kubernetes.io/unreachable',
  unschedulable: 'node.kubernetes.io/unschedulable',
  memoryPressure: 'node.kubernetes.io/memory-pressure',
  diskPressure: 'node.kubernetes.io/disk-pressure',
  pidPressure: 'node.kubernetes.io/pid-pressure',
  networkUnavailable: 'node.kubernetes.io/network-unavailable',
} as const;

/** Kubernetes documentation, "Taints and Tolerations". */
export function tolerates(tolerations: readonly V1Toleration[] | undefined, taint: V1Taint): boolean {
  return findToleration(tolerations, taint) !== undefined;
}

/**
 * How long a pod with these tolerations may stay on a node with these `NoExecute` taints; infinite when it tolerates
 * all of them without a limit.
 */
export function toleratedMs(
  tolerations: readonly V1Toleration[] | undefined,
  taints: readonly V1Taint[],
): number {
  const used = taints.map((taint) => findToleration(tolerations, taint));
  if (used.some((toleration) => toleration === undefined)) return 0;
  const seconds = used.map((toleration) => toleration?.tolerationSeconds ?? Number.POSITIVE_INFINITY);
  return Math.max(0, Math.min(...seconds)) * 1000;
}

function findToleration(
  tolerations: readonly V1Toleration[] | undefined,
  taint: V1Taint,
): V1Toleration | undefined {
  return tolerations?.find(({ key, operator = 'Equal', value = '', effect }) => {
    if (effect && effect !== taint.effect) return false;
    if (!key) return operator === 'Exists';
    return key === taint.key && (operator === 'Exists' || value === (taint.value ?? ''));
  });
}
