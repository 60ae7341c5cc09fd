import { createAs, serverRequest } from './bootstrap.ts';
import { collectionOf, storedAs } from './conversions.ts';
import { deleteObject } from './delete.ts';
import type { ApiObject } from './json.ts';
import { readObject } from './read-object.ts';
import type { ApiState, Request } from './request.ts';
import { servedResources } from './resources.ts';
import type { StoreEvent } from './store.ts';
import { liveObject, mayGo } from './write.ts';

/**
 * The namespace controller and the service account controller: a new namespace gets its `default` account inside the
 * write that makes it, so that a pod can follow at once; a terminating one is emptied, then removed.
 */
export function superviseNamespaces(state: ApiState, signal: AbortSignal): void {
  const { store } = state;
  const unsubscribe = store.subscribe((event) => {
    const name = namespaceToEmpty(state, event);
    if (event.collection === '/namespaces' && event.type === 'ADDED') {
      const namespace = event.object.metadata.name;
      void createAs(state, 'ServiceAccount', namespace, { metadata: { name: 'default' } });
    }
    if (name) queueMicrotask(() => emptyNamespace(state, name));
  });
  signal.addEventListener('abort', unsubscribe, { once: true });
}

function namespaceToEmpty({ store }: ApiState, { collection, type, object }: StoreEvent): string | undefined {
  const name = collection === '/namespaces' ? object.metadata.name : object.metadata.namespace;
  if (!name || (collection !== '/namespaces' && type !== 'DELETED')) return undefined;
  return store.get('/namespaces', name)?.metadata.deletionTimestamp ? name : undefined;
}

function emptyNamespace(state: ApiState, namespace: string): void {
  const live = state.store.get('/namespaces', namespace);
  if (!live?.metadata.deletionTimestamp) return;
  let left = 0;
  for (const resource of storedResources) {
    const inside = state.store
      .list(collectionOf(resource))
      .filter(({ metadata }) => metadata.namespace === namespace);
    for (const object of inside) {
      if (!removeObject(state, { ...serverRequest('Namespace', namespace), resource }, object)) left++;
    }
  }
  if (left === 0) removeNamespace(state, live);
}

/** In a namespace that goes, dependents are not asked about: everything goes. */
function removeObject(state: ApiState, request: Request, { metadata }: ApiObject): boolean {
  if (metadata.deletionTimestamp) return false;
  return deleteObject(state, request, metadata.name, { propagationPolicy: 'Background' }).gone;
}

/** Writes only `spec.finalizers`; a terminating namespace without any goes. */
export function finalizeNamespace(state: ApiState, request: Request, name: string, body: unknown): ApiObject {
  const sent = readObject(request, body);
  const live = liveObject(state, request, name);
  const draft = { ...live, spec: { ...live.spec, finalizers: sent.spec?.finalizers ?? [] } };
  if (request.dryRun) return draft;
  const kept = state.store.put('/namespaces', draft);
  return mayGo(kept) ? state.store.remove('/namespaces', kept) : kept;
}

function removeNamespace({ store }: ApiState, live: ApiObject): void {
  if (live.metadata.finalizers?.length) return;
  store.remove('/namespaces', { ...live, spec: { ...live.spec, finalizers: undefined } });
}

const storedResources = servedResources.filter(
  (resource) =>
    storedAs(resource) === resource && resource.namespaced && resource.verbs.includes('deletecollection'),
);
