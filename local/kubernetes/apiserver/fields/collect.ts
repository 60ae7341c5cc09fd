import type { Type } from '../types.ts';
import { membersOf } from './elements.ts';
import type { FieldSet } from './field-set.ts';
import { emptySet } from './field-set.ts';

/** The fields that an applied configuration names: leaves, items of lists, and empty objects. */
export function fieldsOf(type: Type, value: unknown): FieldSet {
  return collect(type, value, false);
}

/** Every field of a value that was added or removed as a whole, containers included. */
export function allFieldsOf(type: Type, value: unknown): FieldSet {
  return collect(type, value, true);
}

function collect(type: Type, value: unknown, containers: boolean): FieldSet {
  const set = emptySet();
  const members = membersOf(type, value);
  if (!members) {
    set.owned = true;
    return set;
  }
  set.owned = containers || members.length === 0;
  for (const { element, type: memberType, value: member } of members) {
    const below = collect(memberType, member, containers);
    if (!element.startsWith('f:')) below.owned = true;
    set.children.set(element, below);
  }
  return set;
}
