import type { JsonObject } from '../json.ts';
import { deepEqual, isObject } from '../json.ts';
import { badRequest } from '../status.ts';
import type { ListType, Type } from '../types.ts';

/**
 * Strategic merge patch: a merge patch that knows which lists merge, and by which key (Kubernetes community,
 * "Strategic Merge Patch"). Returns a new value and leaves both arguments alone.
 */
export function strategicMergePatch(type: Type, target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return structuredClone(patch);
  const { $patch: directive, $retainKeys: retained, ...members } = patch;
  if (directive === 'replace') return withoutNulls(members);
  if (directive === 'delete') return {};
  const result = retain(isObject(target) ? { ...target } : {}, retained);
  for (const [name, value] of Object.entries(members)) {
    if (name.startsWith('$')) continue;
    if (value === null) delete result[name];
    else result[name] = patchMember(fieldType(type, name), result[name], value);
  }
  for (const [name, value] of Object.entries(members)) applyListDirective(type, result, name, value);
  return result;
}

function patchMember(type: Type | undefined, target: unknown, patch: unknown): unknown {
  const merges = type?.patchStrategy?.includes('merge') ?? false;
  if (Array.isArray(patch) && type?.kind === 'list' && merges) return mergeList(type, target, patch);
  if (isObject(patch)) {
    return strategicMergePatch(type ?? anything, type?.patchStrategy === 'replace' ? {} : target, patch);
  }
  return structuredClone(patch);
}

const anything: Type = { kind: 'any' };

function mergeList(type: ListType, target: unknown, patch: readonly unknown[]): unknown[] {
  const live: readonly unknown[] = Array.isArray(target) ? target : [];
  const key = type.patchMergeKey;
  if (key === undefined) return [...live, ...patch.filter((value) => !live.includes(value))];
  const items = patch.filter(isObject);
  if (items.some((item) => item.$patch === 'replace' && item[key] === undefined)) {
    return items.filter((item) => item.$patch === undefined).map(withoutNulls);
  }
  return items.reduce<unknown[]>((list, item) => mergeItem(type, key, list, item), [...live]);
}

function mergeItem(type: ListType, key: string, list: unknown[], item: JsonObject): unknown[] {
  const name = item[key];
  if (name === undefined || name === null) {
    throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
  }
  const index = list.findIndex((held) => isObject(held) && deepEqual(held[key], name));
  if (item.$patch === 'delete') return list.filter((_, position) => position !== index);
  const merged = strategicMergePatch(type.items, index < 0 ? {} : list[index], item);
  return index < 0 ? [...list, merged] : list.with(index, merged);
}

/** `$deleteFromPrimitiveList/finalizers` and `$setElementOrder/containers`. */
function applyListDirective(type: Type, result: JsonObject, name: string, value: unknown): void {
  const [directive, field] = name.split('/');
  const list = field === undefined ? undefined : result[field];
  if (field === undefined || !Array.isArray(list) || !Array.isArray(value)) return;
  if (directive === '$deleteFromPrimitiveList') result[field] = list.filter((item) => !value.includes(item));
  if (directive === '$setElementOrder') result[field] = order(list, value, fieldType(type, field));
}

/** Items that the order does not name stay behind the one they followed. */
function order(list: readonly unknown[], wanted: readonly unknown[], type: Type | undefined): unknown[] {
  const key = type?.patchMergeKey;
  const nameOf = (item: unknown): string =>
    JSON.stringify(key !== undefined && isObject(item) ? item[key] : item);
  const ranks = new Map(wanted.map((item, index) => [nameOf(item), index]));
  let follows = -1;
  const ranked = list.map((item) => {
    const rank = ranks.get(nameOf(item));
    if (rank === undefined) return { item, rank: follows };
    follows = rank;
    return { item, rank };
  });
  return ranked.sort((left, right) => left.rank - right.rank).map(({ item }) => item);
}

function retain(target: JsonObject, retained: unknown): JsonObject {
  if (!Array.isArray(retained)) return target;
  return Object.fromEntries(Object.entries(target).filter(([name]) => retained.includes(name)));
}

function withoutNulls(value: JsonObject): JsonObject {
  const kept = Object.entries(value).filter(([name, member]) => member !== null && !name.startsWith('$'));
  return structuredClone(Object.fromEntries(kept));
}

function fieldType(type: Type, name: string): Type | undefined {
  if (type.kind === 'struct') return type.field(name);
  return type.kind === 'map' ? type.values : undefined;
}
