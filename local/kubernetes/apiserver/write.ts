import { admitBuiltIn } from './admission.ts';
import { collectionOf, fromStored, storedAs, toStored } from './conversions.ts';
import { formatTime } from './instants.ts';
import type { ApiObject } from './json.ts';
import { deepEqual } from './json.ts';
import type { Kind, KindContext } from './kinds/kind.ts';
import { kindOf } from './kinds/list.ts';
import { recordManager } from './managed-fields.ts';
import { readObject } from './read-object.ts';
import type { ApiState, Request } from './request.ts';
import type { ServedResource } from './resources.ts';
import { findResource, typeOf } from './resources.ts';
import { applySchemaDefaults } from './schema-defaults.ts';
import { alreadyExists, badRequest, conflict, invalid, modifiedMeanwhile, notFound } from './status.ts';
import { keyOf } from './store.ts';
import { validateObject, validateObjectUpdate } from './validation/validate.ts';

/** The first half of every write: what the client sent becomes a whole object, in the version that we keep. */
export async function createObject(state: ApiState, request: Request, body: unknown): Promise<ApiObject> {
  const sent = readObject(request, body);
  if (sent.metadata.resourceVersion) {
    throw badRequest('resourceVersion should not be set on objects to be created');
  }
  setNamespace(request, sent);
  const draft = toStored(request.resource, sent);
  return fromStored(request.resource, await createStored(state, request, draft));
}

/** Creates from an object in the stored version. An apply has seen to `managedFields` itself. */
export async function createStored(
  state: ApiState,
  request: Request,
  draft: ApiObject,
  operation: 'Apply' | 'Update' = 'Update',
): Promise<ApiObject> {
  const resource = storedAs(request.resource);
  const kind = kindOf(resource);
  const context = kindContext(state);
  applyDefaults(resource, kind, draft, context);
  beginMetadata(state, kind, draft);
  if (!kind.keepsStatusOnCreate && hasStatus(resource)) clearStatus(resource, draft);
  kind.prepareCreate?.(draft, context);
  const pending = admit(state, request, 'CREATE', draft);
  const admitted = pending instanceof Promise ? await pending : pending;
  validateObject(resource, admitted, context);
  const key = keyOf(admitted.metadata.namespace, admitted.metadata.name);
  if (state.store.get(collectionOf(resource), key)) throw alreadyExists(resource, admitted.metadata.name);
  if (operation === 'Update') recordManager(state, request, resource, undefined, admitted);
  return request.dryRun ? admitted : state.store.put(collectionOf(resource), admitted);
}

export async function updateObject(
  state: ApiState,
  request: Request,
  name: string,
  body: unknown,
): Promise<ApiObject> {
  const sent = readObject(request, body);
  if (sent.metadata.name && sent.metadata.name !== name) {
    throw badRequest(
      `the name of the object (${sent.metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  sent.metadata.name = name;
  setNamespace(request, sent);
  const draft = toStored(request.resource, sent);
  return fromStored(request.resource, await updateStored(state, request, draft));
}

/** The second half of every change to an object that is there. */
export async function updateStored(
  state: ApiState,
  request: Request,
  draft: ApiObject,
  operation: 'Apply' | 'Update' = 'Update',
): Promise<ApiObject> {
  const resource = storedAs(request.resource);
  const live = liveObject(state, request, draft.metadata.name);
  checkPreconditions(resource, live, draft);
  const kind = kindOf(resource);
  const context = kindContext(state);
  applyDefaults(resource, kind, draft, context);
  carryMetadata(live, draft);
  prepareUpdate(request, resource, kind, live, draft, context);
  const pending = admit(state, request, 'UPDATE', draft);
  const admitted = pending instanceof Promise ? await pending : pending;
  validateObjectUpdate(resource, request.subresource, admitted, live, context);
  if (liveObject(state, request, draft.metadata.name) !== live) {
    throw conflict(resource, live.metadata.name, modifiedMeanwhile);
  }
  countGeneration(kind, live, admitted);
  if (operation === 'Update') recordManager(state, request, resource, live, admitted);
  if (deepEqual(withoutVersion(live), withoutVersion(admitted))) return live;
  if (request.dryRun) return admitted;
  const kept = state.store.put(collectionOf(resource), admitted);
  return mayGo(kept) ? state.store.remove(collectionOf(resource), kept) : kept;
}

export function liveObject(state: ApiState, { resource, namespace }: Request, name: string): ApiObject {
  const live = state.store.get(collectionOf(resource), keyOf(namespace, name));
  if (!live) throw notFound(resource, name);
  return live;
}

export function kindContext(state: ApiState): KindContext {
  return {
    clock: state.clock,
    random: state.random,
    list: (resource, namespace) => {
      const served = findResource(resource);
      const all = served ? state.store.list(collectionOf(served)) : [];
      return namespace === undefined ? all : all.filter(({ metadata }) => metadata.namespace === namespace);
    },
  };
}

/** True when nothing holds a deleted object any more: no finalizer, no grace period. */
export function mayGo({ metadata, spec, kind }: ApiObject): boolean {
  if (!metadata.deletionTimestamp || metadata.finalizers?.length) return false;
  if (kind === 'Namespace') return !(spec?.finalizers as string[] | undefined)?.length;
  return !metadata.deletionGracePeriodSeconds;
}

export function hasStatus({ subresources }: ServedResource): boolean {
  return subresources.some(({ name }) => name === 'status');
}

/** Go writes an empty status, a custom resource has none. */
function clearStatus(resource: ServedResource, draft: ApiObject): void {
  if (typeOf(resource).field('status')?.alwaysThere) draft.status = {};
  else delete draft.status;
}

function setNamespace({ resource, namespace }: Request, { metadata }: ApiObject): void {
  if (!resource.namespaced) return;
  if (metadata.namespace && metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  metadata.namespace = namespace;
}

function applyDefaults(resource: ServedResource, kind: Kind, draft: ApiObject, context: KindContext): void {
  applySchemaDefaults(typeOf(resource), draft);
  kind.defaults?.(draft, context);
}

/** Without vowels and look-alikes, as apimachinery's `rand.String`. */
const suffixAlphabet = [...'bcdfghjklmnpqrstvwxz2456789'];

function beginMetadata(state: ApiState, kind: Kind, draft: ApiObject): void {
  const { metadata } = draft;
  if (!metadata.name && metadata.generateName) {
    const suffix = Array.from({ length: 5 }, () => state.random.pick(suffixAlphabet)).join('');
    metadata.name = `${metadata.generateName.slice(0, 58)}${suffix}`;
  }
  metadata.uid = state.random.uuid();
  metadata.creationTimestamp = formatTime(state.clock.now());
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.generation;
  if (kind.generation) metadata.generation = 1;
}

function checkPreconditions(resource: ServedResource, live: ApiObject, { metadata }: ApiObject): void {
  const { name, uid, resourceVersion } = live.metadata;
  if (metadata.uid && metadata.uid !== uid) {
    const message = `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${uid}`;
    throw conflict(resource, name, message);
  }
  if (metadata.resourceVersion && metadata.resourceVersion !== resourceVersion) {
    throw conflict(resource, name, modifiedMeanwhile);
  }
  if (!metadata.resourceVersion && kindOf(resource).requiresResourceVersion) {
    const message = 'Invalid value: 0x0: must be specified for an update';
    throw invalid(resource, name, [
      { reason: 'FieldValueInvalid', field: 'metadata.resourceVersion', message },
    ]);
  }
}

/** What only the server writes stays as it is. */
function carryMetadata(live: ApiObject, { metadata }: ApiObject): void {
  const { uid, resourceVersion, creationTimestamp, generation, generateName } = live.metadata;
  const { deletionTimestamp, deletionGracePeriodSeconds } = live.metadata;
  Object.assign(metadata, { uid, resourceVersion, creationTimestamp });
  const carried = { generation, generateName, deletionTimestamp, deletionGracePeriodSeconds };
  for (const [name, value] of Object.entries(carried)) {
    if (value === undefined) delete metadata[name as 'generation'];
    else Object.assign(metadata, { [name]: value });
  }
}

function prepareUpdate(
  request: Request,
  resource: ServedResource,
  kind: Kind,
  live: ApiObject,
  draft: ApiObject,
  context: KindContext,
): void {
  if (request.subresource === 'status') {
    const { status } = draft;
    const { managedFields } = draft.metadata;
    for (const field of Object.keys(draft)) delete draft[field];
    Object.assign(draft, structuredClone(live), { status });
    draft.metadata.managedFields = managedFields;
    return;
  }
  if (hasStatus(resource)) {
    if (live.status === undefined) delete draft.status;
    else draft.status = structuredClone(live.status);
  }
  kind.prepareUpdate?.(draft, live, context);
}

/** Answers at once unless a hook takes time: a write without hooks is done when its function returns. */
function admit(
  state: ApiState,
  request: Request,
  operation: 'CREATE' | 'UPDATE',
  draft: ApiObject,
): ApiObject | Promise<ApiObject> {
  const resource = storedAs(request.resource);
  if (operation === 'CREATE') admitBuiltIn(state, resource, draft);
  if (request.subresource) return draft;
  return state.admit.reduce<ApiObject | Promise<ApiObject>>(
    (object, hook) =>
      object instanceof Promise
        ? object.then((admitted) => hook(operation, resource, admitted))
        : hook(operation, resource, object),
    draft,
  );
}

function countGeneration(kind: Kind, live: ApiObject, next: ApiObject): void {
  if (!kind.generation) return;
  const annotations = kind.generation === 'specAndAnnotations';
  const same =
    deepEqual(live.spec, next.spec) &&
    (!annotations || deepEqual(live.metadata.annotations, next.metadata.annotations));
  if (!same) next.metadata.generation = (live.metadata.generation ?? 0) + 1;
}

function withoutVersion(object: ApiObject): object {
  return { ...object, metadata: { ...object.metadata, resourceVersion: undefined } };
}
