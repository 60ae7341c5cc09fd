import type { KubernetesObject } from '@kubernetes/client-node';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { KubernetesApi, ListOptions, Resource } from '../api.ts';
import { bootstrap } from './bootstrap.ts';
import { collectionOf, fromStored } from './conversions.ts';
import { deleteObject } from './delete.ts';
import { collectGarbage } from './garbage-collector.ts';
import type { ApiObject } from './json.ts';
import { superviseNamespaces } from './namespaces.ts';
import { mergePatch } from './patch/merge-patch.ts';
import type { AdmissionHook, ApiState, Request, User } from './request.ts';
import type { ServedResource } from './resources.ts';
import { findResource } from './resources.ts';
import { noSuchPath } from './status.ts';
import { createStore, keyOf } from './store.ts';
import { listObjects, watchObjects } from './watch.ts';
import { createObject, liveObject, updateObject } from './write.ts';

export interface CreateApiOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly admit?: readonly AdmissionHook[];
  /** Ends the garbage collector and the namespace controller. */
  readonly signal: AbortSignal;
}

/** The API without its sockets: store, admission, garbage collection and namespaces. Timestamps are text at run time. */
export function createApi(options: CreateApiOptions): KubernetesApi {
  return apiOf(createState(options), controllerManager, 'kube-controller-manager');
}

export function createState({ clock, random, admit = [], signal }: CreateApiOptions): ApiState {
  const state: ApiState = { store: createStore(), clock, random, admit };
  collectGarbage(state, signal);
  superviseNamespaces(state, signal);
  bootstrap(state);
  return state;
}

export const controllerManager: User = {
  user: 'system:kube-controller-manager',
  groups: ['system:masters', 'system:authenticated'],
};

/** The in-process door. Unknown fields are refused: here they are a mistake in our own code. */
export function apiOf(state: ApiState, user: User, fieldManager: string): KubernetesApi {
  const { store } = state;
  const request = (resource: Resource, namespace?: string, subresource?: string): Request => ({
    resource: served(resource),
    namespace,
    subresource,
    user,
    fieldManager,
    dryRun: false,
    fieldValidation: 'Strict',
    warn: () => undefined,
  });
  return {
    get: <T>(resource: Resource, namespace: string | undefined, name: string) => {
      const known = served(resource);
      const found = store.get(collectionOf(known), keyOf(namespace, name));
      return found && (fromStored(known, found) as T);
    },
    list: <T>(resource: Resource, listOptions?: ListOptions) =>
      listObjects(store, served(resource), listOptions) as unknown as readonly T[],
    create: async <T extends KubernetesObject>(resource: Resource, object: T) =>
      (await createObject(state, request(resource, object.metadata?.namespace), object)) as unknown as T,
    update: async <T extends KubernetesObject>(resource: Resource, object: T, subresource?: 'status') => {
      const { namespace, name = '' } = object.metadata ?? {};
      return (await updateObject(
        state,
        request(resource, namespace, subresource),
        name,
        object,
      )) as unknown as T;
    },
    patch: async <T>(
      resource: Resource,
      namespace: string | undefined,
      name: string,
      patch: object,
      subresource?: 'status',
    ) => {
      const call = request(resource, namespace, subresource);
      const live = fromStored(call.resource, liveObject(state, call, name));
      return (await updateObject(state, call, name, mergePatch(live, patch))) as T;
    },
    delete: async (resource, namespace, name, deleteOptions = {}) => {
      deleteObject(state, request(resource, namespace), name, deleteOptions);
    },
    watch: <T>(
      resource: Resource,
      onEvent: (event: { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T }) => void,
      signal: AbortSignal,
      listOptions: ListOptions = {},
    ) => {
      const known = served(resource);
      const deliver = ({ event }: { event: { type: string; object: ApiObject } }) =>
        onEvent(event as unknown as { type: 'ADDED'; object: T });
      const begin = watchObjects(store, known, listOptions, deliver, signal);
      begin(
        listObjects(store, known, listOptions).map((object) => ({
          revision: store.revision,
          event: { type: 'ADDED', object },
        })),
      );
    },
  };
}

function served(resource: Resource): ServedResource {
  const known = findResource(resource);
  if (!known) throw noSuchPath();
  return known;
}
