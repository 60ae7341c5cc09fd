import type { V1Pod, V1ReplicaSet } from '@kubernetes/client-node';
import type { KubernetesApi } from '../api.ts';
import { StatusError } from '../api.ts';
import { compileLabelSelector } from '../apiserver/label-selector.ts';
import { controllerOf, controllerReference, isActive, isOwnedBy } from '../pods.ts';
import { resources } from '../resources.ts';

/** Lets go of its pods that its selector no longer means, and adopts those that it means and nobody controls. */
export async function claimPods(api: KubernetesApi, set: V1ReplicaSet): Promise<void> {
  const wanted = selectorOf(set);
  for (const pod of api.list<V1Pod>(resources.pods, { namespace: set.metadata?.namespace })) {
    const isWanted = wanted(pod.metadata?.labels ?? {});
    if (isOwnedBy(pod, set) && !isWanted && !pod.metadata?.deletionTimestamp) await release(api, set, pod);
    if (!controllerOf(pod) && isWanted && isActive(pod)) await adopt(api, set, pod);
  }
}

export function selects(set: V1ReplicaSet, pod: V1Pod): boolean {
  return set.metadata?.namespace === pod.metadata?.namespace && selectorOf(set)(pod.metadata?.labels ?? {});
}

function selectorOf({ spec }: V1ReplicaSet): (labels: Readonly<Record<string, string>>) => boolean {
  return compileLabelSelector(spec?.selector);
}

function release(api: KubernetesApi, set: V1ReplicaSet, pod: V1Pod): Promise<void> {
  const references = pod.metadata?.ownerReferences ?? [];
  return setOwners(
    api,
    pod,
    references.filter(({ uid }) => uid !== set.metadata?.uid),
  );
}

function adopt(api: KubernetesApi, set: V1ReplicaSet, pod: V1Pod): Promise<void> {
  return setOwners(api, pod, [...(pod.metadata?.ownerReferences ?? []), controllerReference(set)]);
}

async function setOwners(
  api: KubernetesApi,
  { metadata }: V1Pod,
  ownerReferences: readonly object[],
): Promise<void> {
  const patch = { metadata: { uid: metadata?.uid, ownerReferences } };
  await api
    .patch(resources.pods, metadata?.namespace, metadata?.name ?? '', patch)
    .catch((error: unknown) => {
      // Gone meanwhile, or another one of its name.
      if (!(error instanceof StatusError && [404, 409].includes(error.status))) throw error;
    });
}
