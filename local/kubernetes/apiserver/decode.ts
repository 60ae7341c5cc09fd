import { canonicalTime } from './instants.ts';
import { isObject } from './json.ts';
import { canonicalQuantity } from './quantity.ts';
import type { ScalarType, StructType, Type } from './types.ts';

/** A value that Go could not have decoded into the type; its message is Go's. */
export class DecodeError extends Error {}

export interface Decoded<T> {
  readonly value: T;
  /** Paths of fields that the type does not have; they are not in the value. */
  readonly unknownFields: readonly string[];
}

/**
 * Reads JSON as the API's Go types would: unknown fields and nulls fall away, instants and quantities become
 * canonical. The result shares nothing with the input.
 */
export function decode<T>(type: StructType, input: unknown): Decoded<T> {
  const unknownFields: string[] = [];
  const value = decodeStruct(type, input, { path: '', owner: type.name, unknownFields });
  return { value: value as T, unknownFields };
}

interface Place {
  readonly path: string;
  /** The Go struct that holds the field. */
  readonly owner: string;
  readonly unknownFields: string[];
}

function decodeValue(type: Type, value: unknown, place: Place): unknown {
  switch (type.kind) {
    case 'any':
      return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
    case 'scalar':
      return decodeScalar(type, value, place);
    case 'list':
      if (!Array.isArray(value)) throw mismatch(value, 'slice', place);
      return value.map((item, index) => decodeValue(type.items, item, at(place, `[${index}]`)));
    case 'map':
      return decodeMap(type.values, value, place);
    case 'struct':
      return decodeStruct(type, value, place);
  }
}

function decodeStruct(type: StructType, value: unknown, place: Place): unknown {
  if (value === null) return {};
  if (!isObject(value)) throw mismatch(value, `v1.${type.name}`, place);
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    const field = type.field(name);
    const path = place.path ? `${place.path}.${name}` : name;
    if (!field) place.unknownFields.push(path);
    else if (member !== null && member !== undefined) {
      result[name] = decodeValue(field, member, { ...place, path, owner: type.name });
    }
  }
  return result;
}

function decodeMap(values: Type, value: unknown, place: Place): unknown {
  if (!isObject(value)) throw mismatch(value, 'map[string]string', place);
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const zero = values.kind === 'scalar' && values.scalar === 'string' ? '' : undefined;
    const decoded = member === null ? zero : decodeValue(values, member, at(place, `.${name}`));
    if (decoded !== undefined) result[name] = decoded;
  }
  return result;
}

function decodeScalar(type: ScalarType, value: unknown, place: Place): unknown {
  switch (type.scalar) {
    case 'string':
    case 'bytes':
      return ensure(typeof value === 'string', value, 'string', place);
    case 'boolean':
      return ensure(typeof value === 'boolean', value, 'bool', place);
    case 'integer':
      return ensure(Number.isInteger(value), value, type.format ?? 'int64', place);
    case 'number':
      return ensure(typeof value === 'number', value, 'float64', place);
    case 'intOrString':
      return ensure(typeof value === 'string' || Number.isInteger(value), value, 'intstr.IntOrString', place);
    case 'quantity':
      return decodeQuantity(value);
    case 'time':
    case 'microTime':
      return decodeTime(value, type.scalar);
  }
}

function ensure(holds: boolean, value: unknown, goType: string, place: Place): unknown {
  if (!holds) throw mismatch(value, goType, place);
  return value;
}

function decodeQuantity(value: unknown): string {
  const canonical =
    typeof value === 'string' || typeof value === 'number' ? canonicalQuantity(String(value)) : undefined;
  if (canonical === undefined) {
    throw new DecodeError(
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
  }
  return canonical;
}

function decodeTime(value: unknown, scalar: 'time' | 'microTime'): string {
  const canonical = canonicalTime(value, scalar);
  if (canonical !== undefined) return canonical;
  const text = JSON.stringify(value);
  throw new DecodeError(
    `parsing time ${text} as "2006-01-02T15:04:05Z07:00": cannot parse ${text} as "2006"`,
  );
}

function mismatch(value: unknown, goType: string, place: Place): DecodeError {
  const found = Array.isArray(value) ? 'array' : isObject(value) ? 'object' : describe(value);
  const path = place.path.replaceAll(/\[\d+\]/g, '');
  return new DecodeError(
    `json: cannot unmarshal ${found} into Go struct field ${place.owner}.${path} of type ${goType}`,
  );
}

function describe(value: unknown): string {
  return typeof value === 'boolean' ? 'bool' : typeof value === 'number' ? 'number' : 'string';
}

function at(place: Place, step: string): Place {
  return { ...place, path: `${place.path}${step}` };
}
