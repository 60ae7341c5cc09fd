import { deepEqual } from '../json.ts';
import type { Type } from '../types.ts';
import { allFieldsOf } from './collect.ts';
import { membersOf } from './elements.ts';
import type { FieldSet } from './field-set.ts';
import { emptySet } from './field-set.ts';

export interface Comparison {
  /** Added or changed. */
  readonly set: FieldSet;
  readonly removed: FieldSet;
}

/** Which fields differ between two values of one type. */
export function compareFields(type: Type, before: unknown, after: unknown): Comparison {
  const result = { set: emptySet(), removed: emptySet() };
  compare(type, before, after, result);
  return result;
}

interface Sides {
  set: FieldSet;
  removed: FieldSet;
}

function compare(type: Type, before: unknown, after: unknown, result: Sides, isItem = false): void {
  if (deepEqual(before, after)) return;
  // What Go always writes (`spec: {}`) was there before: only what is in it was added.
  const old = before === undefined && type.alwaysThere && !isItem ? {} : before;
  if (old === undefined) result.set = allFieldsOf(type, after);
  else if (after === undefined) result.removed = allFieldsOf(type, old);
  else {
    const olds = membersOf(type, old);
    const news = membersOf(type, after);
    if (olds && news) compareMembers(olds, news, result);
    else result.set.owned = true;
  }
}

type Members = NonNullable<ReturnType<typeof membersOf>>;

function compareMembers(olds: Members, news: Members, result: Sides): void {
  const before = new Map(olds.map((member) => [member.element, member]));
  const after = new Map(news.map((member) => [member.element, member]));
  for (const element of new Set([...before.keys(), ...after.keys()])) {
    const left = before.get(element);
    const right = after.get(element);
    const type = (left ?? right)?.type;
    if (!type) continue;
    const below: Sides = { set: emptySet(), removed: emptySet() };
    compare(type, left?.value, right?.value, below, !element.startsWith('f:'));
    keep(result.set, element, below.set);
    keep(result.removed, element, below.removed);
  }
}

function keep(parent: FieldSet, element: string, child: FieldSet): void {
  if (child.owned || child.children.size > 0) parent.children.set(element, child);
}
