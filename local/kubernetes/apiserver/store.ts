import type { ApiObject } from './json.ts';
import { deepFreeze } from './json.ts';

export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly collection: string;
  readonly revision: number;
  readonly object: ApiObject;
  readonly previous: ApiObject | undefined;
}

export type StoreListener = (event: StoreEvent) => void;

/** Objects by collection (`apps/deployments`) and key (`namespace/name`), with one revision for all, as etcd has. */
export interface Store {
  readonly revision: number;
  get(collection: string, key: string): ApiObject | undefined;
  /** In the order of keys. */
  list(collection: string): readonly ApiObject[];
  /** Keeps the object under a new revision and returns it as it is kept: frozen. */
  put(collection: string, object: ApiObject): ApiObject;
  remove(collection: string, object: ApiObject): ApiObject;
  /** What happened after a revision, or undefined when that is further back than we remember. */
  since(collection: string, revision: number): readonly StoreEvent[] | undefined;
  /** Listeners run inside the write: they take note and act later. */
  subscribe(listener: StoreListener): () => void;
}

export function keyOf(namespace: string | undefined, name: string): string {
  return namespace ? `${namespace}/${name}` : name;
}

export function createStore(historyLength = 1000): Store {
  const collections = new Map<string, Collection>();
  const listeners = new Set<StoreListener>();
  let revision = 1;
  const collectionOf = (id: string): Collection => {
    const known = collections.get(id) ?? createCollection();
    collections.set(id, known);
    return known;
  };
  const record = (event: StoreEvent): ApiObject => {
    const { history } = collectionOf(event.collection);
    history.push(event);
    if (history.length > historyLength * 2) {
      const forgotten = history.splice(0, historyLength);
      collectionOf(event.collection).forgottenUpTo = forgotten.at(-1)?.revision ?? 0;
    }
    for (const listener of listeners) listener(event);
    return event.object;
  };
  return {
    get revision() {
      return revision;
    },
    get: (collection, key) => collections.get(collection)?.objects.get(key),
    list: (collection) => sorted(collectionOf(collection)),
    put: (collection, object) => {
      const target = collectionOf(collection);
      const kept = stamp(object, ++revision);
      const key = keyOf(kept.metadata.namespace, kept.metadata.name);
      const previous = target.objects.get(key);
      target.objects.set(key, kept);
      target.sorted = undefined;
      return record({ type: previous ? 'MODIFIED' : 'ADDED', collection, revision, object: kept, previous });
    },
    remove: (collection, object) => {
      const target = collectionOf(collection);
      const gone = stamp(object, ++revision);
      const key = keyOf(gone.metadata.namespace, gone.metadata.name);
      const previous = target.objects.get(key);
      target.objects.delete(key);
      target.sorted = undefined;
      return record({ type: 'DELETED', collection, revision, object: gone, previous });
    },
    since: (collection, after) => {
      const { history, forgottenUpTo } = collectionOf(collection);
      return after < forgottenUpTo ? undefined : history.filter((event) => event.revision > after);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

interface Collection {
  readonly objects: Map<string, ApiObject>;
  readonly history: StoreEvent[];
  forgottenUpTo: number;
  sorted: readonly ApiObject[] | undefined;
}

function createCollection(): Collection {
  return { objects: new Map(), history: [], forgottenUpTo: 0, sorted: undefined };
}

function sorted(collection: Collection): readonly ApiObject[] {
  collection.sorted ??= [...collection.objects.entries()]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([, object]) => object);
  return collection.sorted;
}

function stamp(object: ApiObject, revision: number): ApiObject {
  const metadata = { ...object.metadata, resourceVersion: String(revision) };
  return deepFreeze({ ...object, metadata });
}
