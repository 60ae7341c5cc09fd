import { collectionOf, fromStored, storedAs, toStored } from './conversions.ts';
import { DecodeError, decode } from './decode.ts';
import { fieldsOf } from './fields/collect.ts';
import { compareFields } from './fields/compare.ts';
import type { FieldSet } from './fields/field-set.ts';
import { difference, emptySet, intersection, isEmpty, pathsOf, union } from './fields/field-set.ts';
import { mergeApplied, removeFields } from './fields/merge.ts';
import type { ApiObject } from './json.ts';
import { isObject } from './json.ts';
import type { Manager } from './managed-fields.ts';
import { entryOf, isSame, readManagers, setManagers, writable } from './managed-fields.ts';
import type { ApiState, Request } from './request.ts';
import { apiVersionOf, typeOf } from './resources.ts';
import type { Cause } from './status.ts';
import { badRequest, statusError } from './status.ts';
import { keyOf } from './store.ts';
import { createStored, updateStored } from './write.ts';

/** Server-side apply: fields have owners, and taking another's needs `force` (Kubernetes documentation, "Server-Side Apply"). */
export async function applyObject(
  state: ApiState,
  request: Request,
  name: string,
  body: unknown,
  force: boolean,
): Promise<{ object: ApiObject; created: boolean }> {
  const applied = readApplied(request, name, body);
  const resource = storedAs(request.resource);
  const live = state.store.get(collectionOf(resource), keyOf(request.namespace, name));
  const draft = mergeOwned(state, request, live, applied, force);
  const kept = live
    ? await updateStored(state, request, draft, 'Apply')
    : await createStored(state, request, draft, 'Apply');
  return { object: fromStored(request.resource, kept), created: !live };
}

function mergeOwned(
  state: ApiState,
  request: Request,
  live: ApiObject | undefined,
  applied: ApiObject,
  force: boolean,
): ApiObject {
  const resource = storedAs(request.resource);
  const type = typeOf(resource);
  const own = entryOf(request, resource, 'Apply');
  const managers = readManagers(live?.metadata.managedFields);
  const last = managers.find(({ entry }) => isSame(entry, own))?.set ?? emptySet();
  const others = managers.filter(({ entry }) => !isSame(entry, own));
  const set = writable(request, resource, fieldsOf(type, applied));
  const merged = mergeApplied(type, live ?? {}, applied);
  const keep = union(set, skeleton, ...others.map((manager) => manager.set));
  const draft = structuredClone(removeFields(type, merged, last, keep)) as ApiObject;
  const comparison = compareFields(type, live ?? {}, draft);
  if (!force) refuseConflicts(others, comparison.set);
  const lost = union(comparison.set, comparison.removed);
  const written = [
    ...others.map((manager) => ({ ...manager, set: difference(manager.set, lost) })),
    { entry: own, set },
  ];
  setManagers(state, draft, live, written);
  return draft;
}

/** What every object has, whoever owns what is in it. */
const skeleton: FieldSet = {
  owned: false,
  children: new Map(['f:metadata', 'f:spec'].map((element) => [element, emptySet()])),
};

function readApplied(request: Request, name: string, body: unknown): ApiObject {
  const { resource, namespace } = request;
  if (!isObject(body)) throw badRequest('error decoding YAML: expected an object');
  const { apiVersion, kind } = body;
  if (apiVersion !== apiVersionOf(resource) || kind !== resource.kind) {
    const message = `failed to create typed patch object: expected ${apiVersionOf(resource)} ${resource.kind}, got ${String(apiVersion)} ${String(kind)}`;
    throw badRequest(message);
  }
  const value = decodeApplied(request, name, body);
  value.metadata ??= {} as ApiObject['metadata'];
  if (value.metadata.managedFields?.length) throw badRequest('metadata.managedFields must be nil');
  if (value.metadata.name && value.metadata.name !== name) {
    throw badRequest(
      `the name of the object (${value.metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  value.metadata.name = name;
  if (resource.namespaced) {
    if (value.metadata.namespace && value.metadata.namespace !== namespace) {
      throw badRequest(
        'the namespace of the provided object does not match the namespace sent on the request',
      );
    }
    value.metadata.namespace = namespace;
  }
  return toStored(resource, value);
}

/** An unknown field cannot be owned, so applying one always fails (structured-merge-diff's words). */
function decodeApplied({ resource, namespace }: Request, name: string, body: object): ApiObject {
  const subject = `${namespace ?? ''}/${name}; ${apiVersionOf(resource)}, Kind=${resource.kind}`;
  const refuse = (why: string) =>
    statusError(500, '', `failed to create typed patch object (${subject}): ${why}`);
  try {
    const { value, unknownFields } = decode<ApiObject>(typeOf(resource), body);
    if (unknownFields.length > 0) {
      throw refuse(unknownFields.map((path) => `.${path}: field not declared in schema`).join('\n'));
    }
    return value;
  } catch (error) {
    throw error instanceof DecodeError ? refuse(error.message) : error;
  }
}

function refuseConflicts(others: readonly Manager[], changed: FieldSet): void {
  const conflicts = others.flatMap(({ entry, set }) => {
    const taken = intersection(set, changed);
    return isEmpty(taken) ? [] : [{ manager: showManager(entry), paths: pathsOf(taken) }];
  });
  if (conflicts.length === 0) return;
  const causes: Cause[] = conflicts.flatMap(({ manager, paths }) =>
    paths.map((field) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${manager}`,
      field,
    })),
  );
  throw statusError(409, 'Conflict', conflictMessage(conflicts, causes.length), { causes });
}

function conflictMessage(conflicts: readonly { manager: string; paths: string[] }[], count: number): string {
  const [first] = conflicts;
  if (count === 1 && first) {
    return `Apply failed with 1 conflict: conflict with ${first.manager}: ${first.paths[0]}`;
  }
  const lines = conflicts.flatMap(({ manager, paths }) => [
    `conflicts with ${manager}:`,
    ...paths.map((path) => `- ${path}`),
  ]);
  return `Apply failed with ${count} conflicts: ${lines.join('\n')}`;
}

function showManager({ manager, subresource, operation, apiVersion }: Manager['entry']): string {
  const named = subresource
    ? `${JSON.stringify(manager)} with subresource ${JSON.stringify(subresource)}`
    : JSON.stringify(manager);
  return operation === 'Update' ? `${named} using ${apiVersion}` : named;
}
