import { isObject } from '../json.ts';
import type { Type } from '../types.ts';
import type { FieldErrors } from './field-errors.ts';

/** What the OpenAPI data says of values: required members, and the values of an enumeration. */
export function validateSchema(type: Type, value: unknown, errors: FieldErrors): void {
  check(type, value, '', errors);
}

/** Metadata has its own rules; a status is written by controllers and is not validated here. */
const skipped = new Set(['metadata', 'status', 'apiVersion', 'kind']);

function check(type: Type, value: unknown, path: string, errors: FieldErrors): void {
  if (type.kind === 'scalar') {
    if (type.enum && typeof value === 'string' && !type.enum.includes(value)) {
      errors.notSupported(path, value, type.enum);
    }
  } else if (type.kind === 'list' && Array.isArray(value)) {
    value.forEach((item, index) => {
      check(type.items, item, `${path}[${index}]`, errors);
    });
  } else if (type.kind === 'map' && isObject(value)) {
    for (const [key, member] of Object.entries(value)) check(type.values, member, `${path}[${key}]`, errors);
  } else if (type.kind === 'struct' && isObject(value)) {
    for (const name of type.fieldNames) {
      if (path === '' && skipped.has(name)) continue;
      const field = type.field(name);
      const at = path ? `${path}.${name}` : name;
      if (isMissing(value[name])) {
        if (type.required.includes(name) && !mayBeEmpty.has(`${type.name}.${name}`)) errors.required(at);
      } else if (field) check(field, value[name], at, errors);
    }
  }
}

/** Go cannot tell a required member that is absent from an empty one. */
function isMissing(value: unknown): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}

/** Members that OpenAPI lists as required because Go never omits them, though the empty value is valid. */
const mayBeEmpty = new Set([
  'EndpointSlice.endpoints',
  'Lease.spec',
  'Event.metadata',
  'Event.involvedObject',
]);
