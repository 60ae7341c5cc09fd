import { InvalidInput } from './invalid-input.ts';
import { membersOf, type Shape } from './shape.ts';

/**
 * What reading from the wire guarantees, for inputs that never were on one: each value has the type that its
 * shape says. A member that the shape does not know is refused, since in a process it can only be a mistake.
 */
export function checkTypes(shape: Shape, value: unknown, at = ''): void {
  if (value === null || value === undefined || shape.isDocumentSchema()) return;
  if (!hasType(shape, value)) {
    const found = Array.isArray(value) ? 'a list' : typeof value;
    throw new InvalidInput('type', `Expected ${typeName(shape)} at '${at || '.'}', got ${found}`, at);
  }
  if (shape.isStructSchema() || shape.isUnitSchema()) checkMembers(shape, value as object, at);
  else if (shape.isListSchema()) {
    const item = shape.getValueSchema();
    for (const [i, entry] of (value as unknown[]).entries()) checkTypes(item, entry, `${at}[${i}]`);
  } else if (shape.isMapSchema()) {
    const item = shape.getValueSchema();
    for (const [key, entry] of Object.entries(value)) checkTypes(item, entry, `${at}.${key}`);
  }
}

function checkMembers(shape: Shape, value: object, at: string): void {
  const members = new Map(membersOf(shape));
  for (const [name, entry] of Object.entries(value)) {
    const path = at ? `${at}.${name}` : name;
    const member = members.get(name);
    if (!member) throw new InvalidInput('unknown', `'${path}' is not a member of ${shape.getName()}`, path);
    checkTypes(member, entry, path);
  }
}

function hasType(shape: Shape, value: unknown): boolean {
  if (shape.isStringSchema()) return typeof value === 'string';
  if (shape.isBooleanSchema()) return typeof value === 'boolean';
  if (shape.isNumericSchema()) return typeof value === 'number' && !Number.isNaN(value);
  if (shape.isBigIntegerSchema()) return typeof value === 'bigint';
  if (shape.isTimestampSchema()) return value instanceof Date;
  if (shape.isBlobSchema()) return value instanceof Uint8Array;
  if (shape.isListSchema()) return Array.isArray(value);
  return typeof value === 'object' && !Array.isArray(value);
}

function typeName(shape: Shape): string {
  if (shape.isStringSchema()) return 'a string';
  if (shape.isBooleanSchema()) return 'a boolean';
  if (shape.isNumericSchema() || shape.isBigIntegerSchema()) return 'a number';
  if (shape.isTimestampSchema()) return 'a Date';
  if (shape.isBlobSchema()) return 'a Uint8Array';
  return shape.isListSchema() ? 'a list' : 'a structure';
}
