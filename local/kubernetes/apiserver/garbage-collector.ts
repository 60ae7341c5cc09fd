import { serverRequest } from './bootstrap.ts';
import { storedAs } from './conversions.ts';
import { deleteObject } from './delete.ts';
import type { ApiObject } from './json.ts';
import type { ApiState, Request } from './request.ts';
import { findKind } from './resources.ts';
import type { StoreEvent } from './store.ts';
import { updateStored } from './write.ts';

/**
 * Deletes what belongs to an owner that is gone, and carries out the policies `Foreground` and `Orphan`
 * (Kubernetes documentation, "Garbage Collection"). Works after each write, never inside it.
 */
export function collectGarbage(state: ApiState, signal: AbortSignal): void {
  const graph = createGraph();
  const unsubscribe = state.store.subscribe((event) => {
    graph.note(event);
    if (needsWork(event)) queueMicrotask(() => work(state, graph, event));
  });
  signal.addEventListener('abort', unsubscribe, { once: true });
}

interface Graph {
  note(event: StoreEvent): void;
  exists(uid: string): boolean;
  find(uid: string): ApiObject | undefined;
  dependentsOf(uid: string): readonly ApiObject[];
}

/** Who is there, and who names whom as an owner. */
function createGraph(): Graph {
  const objects = new Map<string, ApiObject>();
  const dependents = new Map<string, Set<string>>();
  const ownersOf = (object: ApiObject | undefined) =>
    (object?.metadata.ownerReferences ?? []).map(({ uid }) => uid);
  return {
    note: ({ type, object, previous }) => {
      const { uid } = object.metadata;
      for (const owner of ownersOf(previous)) dependents.get(owner)?.delete(uid);
      if (type === 'DELETED') objects.delete(uid);
      else {
        objects.set(uid, object);
        for (const owner of ownersOf(object)) {
          dependents.set(owner, (dependents.get(owner) ?? new Set()).add(uid));
        }
      }
    },
    exists: (uid) => objects.has(uid),
    find: (uid) => objects.get(uid),
    dependentsOf: (uid) =>
      [...(dependents.get(uid) ?? [])].flatMap((dependent) => objects.get(dependent) ?? []),
  };
}

function needsWork({ type, object }: StoreEvent): boolean {
  const { ownerReferences, deletionTimestamp } = object.metadata;
  return type === 'DELETED' || deletionTimestamp !== undefined || ownerReferences !== undefined;
}

function work(state: ApiState, graph: Graph, { type, object }: StoreEvent): void {
  const { uid } = object.metadata;
  if (type === 'DELETED') {
    for (const dependent of graph.dependentsOf(uid)) deleteIfAbandoned(state, graph, dependent);
    for (const { uid: owner } of object.metadata.ownerReferences ?? []) finishForeground(state, graph, owner);
    return;
  }
  const current = graph.find(uid);
  if (!current) return;
  if (current.metadata.deletionTimestamp) {
    if (hasFinalizer(current, 'orphan')) orphanDependents(state, graph, current);
    else if (hasFinalizer(current, 'foregroundDeletion')) deleteDependents(state, graph, current);
  } else deleteIfAbandoned(state, graph, current);
}

function deleteIfAbandoned(state: ApiState, graph: Graph, object: ApiObject): void {
  const owners = object.metadata.ownerReferences ?? [];
  if (owners.length === 0 || owners.some(({ uid }) => graph.exists(uid))) return;
  if (!object.metadata.deletionTimestamp) remove(state, object, 'Background');
}

function deleteDependents(state: ApiState, graph: Graph, owner: ApiObject): void {
  for (const dependent of graph.dependentsOf(owner.metadata.uid)) {
    if (dependent.metadata.deletionTimestamp) continue;
    const hasOwn = graph.dependentsOf(dependent.metadata.uid).length > 0;
    remove(state, dependent, hasOwn ? 'Foreground' : 'Background');
  }
  finishForeground(state, graph, owner.metadata.uid);
}

/** The owner may go once nobody who blocks it is left. */
function finishForeground(state: ApiState, graph: Graph, ownerUid: string): void {
  const owner = graph.find(ownerUid);
  if (!owner?.metadata.deletionTimestamp || !hasFinalizer(owner, 'foregroundDeletion')) return;
  const blocking = graph
    .dependentsOf(ownerUid)
    .filter(({ metadata }) =>
      metadata.ownerReferences?.some(
        (reference) => reference.uid === ownerUid && reference.blockOwnerDeletion,
      ),
    );
  if (blocking.length === 0) dropFinalizer(state, owner, 'foregroundDeletion');
}

function orphanDependents(state: ApiState, graph: Graph, owner: ApiObject): void {
  for (const dependent of graph.dependentsOf(owner.metadata.uid)) {
    const draft = structuredClone(dependent);
    const others = (draft.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
    if (others.length > 0) draft.metadata.ownerReferences = others;
    else delete draft.metadata.ownerReferences;
    write(state, draft);
  }
  dropFinalizer(state, owner, 'orphan');
}

function dropFinalizer(state: ApiState, owner: ApiObject, finalizer: string): void {
  const draft = structuredClone(owner);
  draft.metadata.finalizers = draft.metadata.finalizers?.filter((name) => name !== finalizer);
  if (draft.metadata.finalizers?.length === 0) delete draft.metadata.finalizers;
  write(state, draft);
}

function hasFinalizer({ metadata }: ApiObject, finalizer: string): boolean {
  return metadata.finalizers?.includes(finalizer) ?? false;
}

function remove(state: ApiState, object: ApiObject, propagationPolicy: 'Background' | 'Foreground'): void {
  deleteObject(state, requestFor(object), object.metadata.name, { propagationPolicy });
}

function write(state: ApiState, draft: ApiObject): void {
  // Past the hooks, so that nothing comes between reading and writing.
  void updateStored({ ...state, admit: [] }, requestFor(draft), draft);
}

function requestFor({ apiVersion, kind, metadata }: ApiObject): Request {
  const resource = findKind(apiVersion, kind);
  if (!resource) throw new Error(`Cannot collect a "${kind}" of ${apiVersion}: it is not served`);
  return { ...serverRequest('Namespace', metadata.namespace), resource: storedAs(resource) };
}
