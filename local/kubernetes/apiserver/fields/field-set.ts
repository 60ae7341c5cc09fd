import type { JsonObject } from '../json.ts';
import { isObject } from '../json.ts';

/**
 * A set of field paths as a tree, by path element: `f:name` a field, `k:{…}` an item of a keyed list, `v:…` a value of
 * a set (OpenAPI, `FieldsV1`).
 */
export interface FieldSet {
  /** The path itself is in the set, not only what is below it. */
  owned: boolean;
  readonly children: Map<string, FieldSet>;
}

export function emptySet(): FieldSet {
  return { owned: false, children: new Map() };
}

export function isEmpty(set: FieldSet): boolean {
  return !set.owned && [...set.children.values()].every(isEmpty);
}

export function union(...sets: readonly FieldSet[]): FieldSet {
  const result = emptySet();
  for (const set of sets) {
    result.owned ||= set.owned;
    for (const [element, child] of set.children) {
      const known = result.children.get(element);
      result.children.set(element, known ? union(known, child) : child);
    }
  }
  return result;
}

export function difference(left: FieldSet, right: FieldSet): FieldSet {
  return combine(
    left,
    right,
    (owned, other) => owned && !other,
    (child) => child,
  );
}

export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  return combine(left, right, (owned, other) => owned && other, emptySet);
}

export function equalSets(left: FieldSet, right: FieldSet): boolean {
  return isEmpty(difference(left, right)) && isEmpty(difference(right, left));
}

function combine(
  left: FieldSet,
  right: FieldSet,
  own: (owned: boolean, other: boolean) => boolean,
  alone: (child: FieldSet) => FieldSet,
): FieldSet {
  const result: FieldSet = { owned: own(left.owned, right.owned), children: new Map() };
  for (const [element, child] of left.children) {
    const other = right.children.get(element);
    const kept = other ? combine(child, other, own, alone) : alone(child);
    if (!isEmpty(kept)) result.children.set(element, kept);
  }
  return result;
}

/** Without the path and everything below it. */
export function withoutPath(set: FieldSet, [element, ...rest]: readonly string[]): FieldSet {
  const child = element === undefined ? undefined : set.children.get(element);
  if (element === undefined || !child) return set;
  const children = new Map(set.children);
  const kept = rest.length > 0 ? withoutPath(child, rest) : emptySet();
  if (isEmpty(kept)) children.delete(element);
  else children.set(element, kept);
  return { owned: set.owned, children };
}

export function fromFieldsV1(fields: JsonObject | undefined): FieldSet {
  const set = emptySet();
  for (const [element, child] of Object.entries(fields ?? {})) {
    if (element === '.') set.owned = true;
    else if (isObject(child)) {
      const below = fromFieldsV1(child);
      if (below.children.size === 0) below.owned = true;
      set.children.set(element, below);
    }
  }
  return set;
}

export function toFieldsV1(set: FieldSet): JsonObject {
  const result: JsonObject = {};
  if (set.owned && set.children.size > 0) result['.'] = {};
  for (const element of [...set.children.keys()].sort()) {
    const child = set.children.get(element);
    if (child && !isEmpty(child)) result[element] = toFieldsV1(child);
  }
  return result;
}

/** Every owned path, as messages write it: `.spec.containers[name="web"].image`. */
export function pathsOf(set: FieldSet, path = ''): string[] {
  const own = set.owned && path !== '' ? [path] : [];
  return [
    ...own,
    ...[...set.children].flatMap(([element, child]) => pathsOf(child, path + showElement(element))),
  ];
}

function showElement(element: string): string {
  const text = element.slice(2);
  if (element.startsWith('f:')) return `.${text}`;
  if (element.startsWith('v:')) return `[=${text}]`;
  const keys = Object.entries(JSON.parse(text) as JsonObject);
  return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
}
