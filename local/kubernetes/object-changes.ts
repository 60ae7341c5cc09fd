import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '@kubernetes/client-node';
import type { KubernetesApi, Resource } from './api.ts';

/** Writes the status subresource when it differs; a controller that writes what is there already never comes to rest. */
export async function writeStatus<T extends KubernetesObject & { status?: object }>(
  api: KubernetesApi,
  resource: Resource,
  object: T,
  status: T['status'],
): Promise<void> {
  if (isDeepStrictEqual(withoutAbsent(object.status ?? {}), withoutAbsent(status ?? {}))) return;
  await api.update(resource, { ...object, status }, 'status');
}

/** As JSON has it: absent and undefined are the same. */
function withoutAbsent(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}
