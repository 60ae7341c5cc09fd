import type { JsonObject } from '../json.ts';
import { isObject } from '../json.ts';
import type { ListType, Type } from '../types.ts';

/** One member of a struct, map, set or keyed list, with the path element that names it. */
export interface Member {
  readonly element: string;
  readonly type: Type;
  readonly value: unknown;
}

/** The members that may be owned apart from each other, or undefined when the value is owned as a whole. */
export function membersOf(type: Type, value: unknown): readonly Member[] | undefined {
  if (type.kind === 'struct' && !type.atomic && isObject(value)) {
    return present(value).flatMap(([name, member]) => {
      const field = type.field(name);
      return field ? [{ element: `f:${name}`, type: field, value: member }] : [];
    });
  }
  if (type.kind === 'map' && !type.atomic && isObject(value)) {
    return present(value).map(([name, member]) => ({
      element: `f:${name}`,
      type: type.values,
      value: member,
    }));
  }
  if (type.kind === 'list' && type.merge !== 'atomic' && Array.isArray(value)) {
    return value.map((item) => ({ element: elementOf(type, item), type: type.items, value: item }));
  }
  return undefined;
}

/** `k:{"name":"web"}` or `v:"value"`. A key that is absent has its default (`protocol` is TCP). */
export function elementOf(type: ListType, item: unknown): string {
  if (type.merge === 'set') return `v:${JSON.stringify(item)}`;
  const keys: JsonObject = {};
  for (const key of [...type.keys].sort()) {
    const field = type.items.kind === 'struct' ? type.items.field(key) : undefined;
    const value = (isObject(item) ? item[key] : undefined) ?? field?.default;
    if (value !== undefined) keys[key] = value;
  }
  return `k:${JSON.stringify(keys)}`;
}

function present(value: JsonObject): [string, unknown][] {
  return Object.entries(value).filter(([, member]) => member !== undefined);
}
