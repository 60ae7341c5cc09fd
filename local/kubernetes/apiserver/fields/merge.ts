import type { JsonObject } from '../json.ts';
import { isObject } from '../json.ts';
import type { ListType, Type } from '../types.ts';
import { elementOf } from './elements.ts';
import type { FieldSet } from './field-set.ts';

/** Lays an applied configuration over the live object: what it names wins, keyed lists merge by key. */
export function mergeApplied(type: Type, live: unknown, applied: unknown): unknown {
  if (applied === undefined) return live;
  if (live === undefined || isAtomic(type)) return applied;
  if (isObject(live) && isObject(applied)) return mergeObjects(type, live, applied);
  if (type.kind === 'list' && Array.isArray(live) && Array.isArray(applied)) {
    return mergeLists(type, live, applied);
  }
  return applied;
}

/** Takes away what `gone` names, unless `keep` has it or anything in it. Changes nothing in place. */
export function removeFields(type: Type, value: unknown, gone: FieldSet, keep: FieldSet): unknown {
  if (isAtomic(type)) return value;
  if (isObject(value)) {
    const entries = Object.entries(value).flatMap(([name, member]) => {
      const kept = removeMember(fieldType(type, name), `f:${name}`, member, gone, keep);
      return kept === undefined ? [] : [[name, kept] as const];
    });
    return Object.fromEntries(entries);
  }
  if (type.kind === 'list' && Array.isArray(value)) {
    return value.flatMap((item) => {
      const kept = removeMember(type.items, elementOf(type, item), item, gone, keep);
      return kept === undefined ? [] : [kept];
    });
  }
  return value;
}

function removeMember(
  type: Type | undefined,
  element: string,
  value: unknown,
  gone: FieldSet,
  keep: FieldSet,
): unknown {
  const removal = gone.children.get(element);
  if (!removal || !type) return value;
  const kept = keep.children.get(element);
  return kept ? removeFields(type, value, removal, kept) : undefined;
}

function isAtomic(type: Type): boolean {
  if (type.kind === 'list') return type.merge === 'atomic';
  if (type.kind === 'struct' || type.kind === 'map') return type.atomic;
  return true;
}

function fieldType(type: Type, name: string): Type | undefined {
  if (type.kind === 'struct') return type.field(name);
  return type.kind === 'map' ? type.values : undefined;
}

function mergeObjects(type: Type, live: JsonObject, applied: JsonObject): JsonObject {
  const result: JsonObject = { ...live };
  for (const [name, value] of Object.entries(applied)) {
    const field = fieldType(type, name);
    result[name] = field ? mergeApplied(field, live[name], value) : value;
  }
  return result;
}

/** The configuration's order leads; what only the live list has stays where it was relative to its neighbours. */
function mergeLists(type: ListType, live: readonly unknown[], applied: readonly unknown[]): unknown[] {
  const liveByElement = new Map(live.map((item) => [elementOf(type, item), item]));
  const names = new Set(applied.map((item) => elementOf(type, item)));
  const result: unknown[] = [];
  let next = 0;
  const takeLiveOnly = (): void => {
    for (; next < live.length && !names.has(elementOf(type, live[next])); next++) result.push(live[next]);
  };
  for (const item of applied) {
    takeLiveOnly();
    const element = elementOf(type, item);
    result.push(mergeApplied(type.items, liveByElement.get(element), item));
    if (next < live.length) next++;
  }
  takeLiveOnly();
  for (; next < live.length; next++) {
    if (!names.has(elementOf(type, live[next]))) result.push(live[next]);
  }
  return result;
}
