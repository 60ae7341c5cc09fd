import type { KubernetesObject, KubernetesObjectApi } from '@kubernetes/client-node';
import { ApiException, PatchStrategy } from '@kubernetes/client-node';

/** Server-side apply: what this field manager said before and says no more goes away; what others own stays. */
export async function applyObjects(
  api: KubernetesObjectApi,
  objects: readonly KubernetesObject[],
): Promise<void> {
  for (const object of objects) await apply(api, object, fieldManager);
}

export const fieldManager = 'stormproof';

/**
 * Applies a Deployment whose number of pods the autoscaler owns. Only the first time the number is set, under a
 * manager of its own, so that leaving it out of the next apply does not put it back to the default of one.
 */
export async function applyScaled(
  api: KubernetesObjectApi,
  deployment: KubernetesObject,
  firstReplicas: number,
): Promise<void> {
  const first = !(await exists(api, deployment));
  await apply(api, deployment, fieldManager);
  if (!first) return;
  const { apiVersion, kind, metadata } = deployment;
  const size = {
    apiVersion,
    kind,
    metadata: { name: metadata?.name, namespace: metadata?.namespace },
    spec: { replicas: firstReplicas },
  };
  await api.patch(
    size,
    undefined,
    undefined,
    `${fieldManager}-first-size`,
    undefined,
    PatchStrategy.MergePatch,
  );
}

function apply(
  api: KubernetesObjectApi,
  object: KubernetesObject,
  manager: string,
): Promise<KubernetesObject> {
  return api.patch(object, undefined, undefined, manager, true, PatchStrategy.ServerSideApply);
}

async function exists(
  api: KubernetesObjectApi,
  { apiVersion, kind, metadata }: KubernetesObject,
): Promise<boolean> {
  const header = {
    apiVersion,
    kind,
    metadata: { name: metadata?.name ?? '', namespace: metadata?.namespace },
  };
  try {
    await api.read(header);
    return true;
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return false;
    throw error;
  }
}
