import { compareFields } from './fields/compare.ts';
import type { FieldSet } from './fields/field-set.ts';
import {
  difference,
  emptySet,
  equalSets,
  fromFieldsV1,
  isEmpty,
  toFieldsV1,
  union,
  withoutPath,
} from './fields/field-set.ts';
import { formatTime } from './instants.ts';
import type { ApiObject, ManagedFieldsEntry } from './json.ts';
import type { ApiState, Request } from './request.ts';
import type { ServedResource } from './resources.ts';
import { apiVersionOf, typeOf } from './resources.ts';

/** Who owns which fields: an entry of `managedFields` with its set read. */
export interface Manager {
  readonly entry: Omit<ManagedFieldsEntry, 'fieldsV1'>;
  readonly set: FieldSet;
}

/** Credits an ordinary write to its manager and takes what it changed from the others (structured-merge-diff, Update). */
export function recordManager(
  state: ApiState,
  request: Request,
  resource: ServedResource,
  live: ApiObject | undefined,
  next: ApiObject,
): void {
  const managers = readManagers(next.metadata.managedFields ?? live?.metadata.managedFields);
  const { set, removed } = compareFields(typeOf(resource), live ?? {}, next);
  const changed = union(set, removed);
  const own = entryOf(request, resource, 'Update');
  const others = managers.filter((manager) => !isSame(manager.entry, own));
  const mine = managers.find((manager) => isSame(manager.entry, own));
  const credited = union(difference(mine?.set ?? emptySet(), removed), set);
  const written = [
    ...others.map((manager) => ({ ...manager, set: difference(manager.set, changed) })),
    { entry: mine?.entry ?? own, set: writable(request, resource, credited) },
  ];
  setManagers(state, next, live, written);
}

export function readManagers(entries: readonly ManagedFieldsEntry[] | undefined): Manager[] {
  return (entries ?? []).map(({ fieldsV1, ...entry }) => ({ entry, set: fromFieldsV1(fieldsV1) }));
}

/** Writes the entries back; a manager whose set changed gets the time of now, one without fields goes. */
export function setManagers(
  state: ApiState,
  object: ApiObject,
  live: ApiObject | undefined,
  managers: readonly Manager[],
): void {
  const before = readManagers(live?.metadata.managedFields);
  const now = formatTime(state.clock.now());
  const entries = managers
    .filter(({ set }) => !isEmpty(set))
    .map(({ entry, set }) => {
      const old = before.find((manager) => isSame(manager.entry, entry));
      const time = old?.entry.time && equalSets(old.set, set) ? old.entry.time : now;
      return { ...entry, time, fieldsV1: toFieldsV1(set) };
    });
  if (entries.length > 0) object.metadata.managedFields = entries;
  else delete object.metadata.managedFields;
}

export function entryOf(
  { fieldManager, subresource }: Request,
  resource: ServedResource,
  operation: 'Apply' | 'Update',
): Manager['entry'] {
  return {
    manager: fieldManager,
    operation,
    apiVersion: apiVersionOf(resource),
    fieldsType: 'FieldsV1',
    ...(subresource && { subresource }),
  };
}

/** An applier is the same whichever version it applies in. */
export function isSame(left: Manager['entry'], right: Manager['entry']): boolean {
  return (
    left.manager === right.manager &&
    left.operation === right.operation &&
    left.subresource === right.subresource &&
    (left.operation === 'Apply' || left.apiVersion === right.apiVersion)
  );
}

/** Fields that nobody manages, and those that this endpoint does not write. */
export function writable({ subresource }: Request, resource: ServedResource, set: FieldSet): FieldSet {
  const hasStatus = resource.subresources.some(({ name }) => name === 'status');
  const foreign = subresource === 'status' ? ['spec'] : hasStatus ? ['status'] : [];
  let result: FieldSet = { ...set, owned: false };
  for (const field of ['apiVersion', 'kind', ...foreign]) result = withoutPath(result, [`f:${field}`]);
  for (const field of serverMetadata) result = withoutPath(result, ['f:metadata', `f:${field}`]);
  return result;
}

const serverMetadata = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'generation',
  'managedFields',
  'resourceVersion',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
];
