import type { KubernetesObject, V1OwnerReference, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import { quantityValue } from './apiserver/quantity.ts';
import { findCondition } from './conditions.ts';

export function isReady(pod: V1Pod): boolean {
  return findCondition(pod.status?.conditions, 'Ready')?.status === 'True';
}

export function isTerminating(pod: V1Pod): boolean {
  return pod.metadata?.deletionTimestamp !== undefined;
}

export function isFinished(pod: V1Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Counts towards its controller's replicas. */
export function isActive(pod: V1Pod): boolean {
  return !isFinished(pod) && !isTerminating(pod);
}

export function isOwnedBy(object: KubernetesObject, owner: KubernetesObject): boolean {
  return controllerOf(object)?.uid === owner.metadata?.uid;
}

export function controllerOf(object: KubernetesObject): V1OwnerReference | undefined {
  return object.metadata?.ownerReferences?.find((reference) => reference.controller);
}

export function controllerReference(owner: KubernetesObject): V1OwnerReference {
  const { apiVersion = '', kind = '', metadata } = owner;
  return {
    apiVersion,
    kind,
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** `namespace/name`. */
export function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
}

export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** What a pod asks for: its containers together, or the largest init container if that is more. */
export function requestOf(spec: V1PodSpec | undefined, resource: 'cpu' | 'memory'): number {
  const of = (container: {
    resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  }) => {
    const { requests, limits } = container.resources ?? {};
    return quantityValue(requests?.[resource] ?? limits?.[resource] ?? '0');
  };
  const together = (spec?.containers ?? []).reduce((sum, container) => sum + of(container), 0);
  return Math.max(together, ...(spec?.initContainers ?? []).map(of));
}
