import { InvalidInput } from './invalid-input.ts';
import { readBase64, readTimestamp } from './scalar.ts';
import { membersOf, type Shape, setOwn, timestampFormat } from './shape.ts';

export function parseJson(body: Uint8Array): unknown {
  const text = new TextDecoder().decode(body);
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new InvalidInput('malformed', `Malformed JSON: ${error.message}`);
    throw error;
  }
}

/** restJson has `jsonName` traits; in the JSON RPC protocols they mean nothing. */
export interface JsonOptions {
  readonly jsonName: boolean;
}

/** Takes members that the shape knows, ignores the others as AWS does, and refuses values of another type. */
export function readJson(shape: Shape, value: unknown, at: string, options: JsonOptions): unknown {
  if (value === null || value === undefined) return undefined;
  if (shape.isDocumentSchema()) return value;
  if (shape.isUnitSchema()) return {};
  if (shape.isStructSchema()) return readStructure(shape, value, at, options);
  if (shape.isListSchema()) return readList(shape, value, at, options);
  if (shape.isMapSchema()) return readMap(shape, value, at, options);
  return readJsonScalar(shape, value, at);
}

function readStructure(shape: Shape, value: unknown, at: string, options: JsonOptions): object {
  const source = expectObject(value, at, 'a structure');
  const out = {};
  for (const [name, member] of membersOf(shape)) {
    const key = (options.jsonName ? member.getMergedTraits().jsonName : undefined) ?? name;
    if (!Object.hasOwn(source, key)) continue;
    const read = readJson(member, source[key], join(at, key), options);
    if (read !== undefined) setOwn(out, name, read);
  }
  if (shape.isUnionSchema()) expectOneMember(source, at);
  return out;
}

function readList(shape: Shape, value: unknown, at: string, options: JsonOptions): unknown[] {
  if (!Array.isArray(value)) throw unexpectedType(value, at, 'a list');
  const item = shape.getValueSchema();
  const sparse = shape.getMergedTraits().sparse;
  return value
    .map((entry, i) => readJson(item, entry, `${at}[${i}]`, options) ?? null)
    .filter((entry) => sparse || entry !== null);
}

function readMap(shape: Shape, value: unknown, at: string, options: JsonOptions): object {
  const source = expectObject(value, at, 'a map');
  const item = shape.getValueSchema();
  const out = {};
  for (const key of Object.keys(source)) {
    const read = readJson(item, source[key], join(at, key), options);
    if (read !== undefined) setOwn(out, key, read);
  }
  return out;
}

function readJsonScalar(shape: Shape, value: unknown, at: string): unknown {
  if (shape.isStringSchema()) return expectType(value, 'string', at, 'a String');
  if (shape.isBooleanSchema()) return expectType(value, 'boolean', at, 'a Boolean');
  if (shape.isNumericSchema()) return expectType(value, 'number', at, 'a Number');
  if (shape.isBigIntegerSchema()) return BigInt(expectType(value, 'number', at, 'a Number') as number);
  if (shape.isBlobSchema()) return readBase64(expectType(value, 'string', at, 'a Blob') as string, at);
  if (!shape.isTimestampSchema()) return value;
  const format = timestampFormat(shape, 'epoch-seconds');
  if (typeof value === 'number') return readTimestamp(String(value), at, 'epoch-seconds');
  return readTimestamp(expectType(value, 'string', at, 'a Timestamp') as string, at, format);
}

function expectObject(value: unknown, at: string, expected: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unexpectedType(value, at, expected);
  }
  return value as Record<string, unknown>;
}

function expectType(value: unknown, type: string, at: string, expected: string): unknown {
  if (typeof value !== type) throw unexpectedType(value, at, expected);
  return value;
}

function expectOneMember(source: Record<string, unknown>, at: string): void {
  const count = Object.keys(source).filter((key) => key !== '__type' && source[key] !== null).length;
  if (count !== 1) {
    throw new InvalidInput('type', `Expected exactly one member of the union at '${at}', got ${count}`);
  }
}

function unexpectedType(value: unknown, at: string, expected: string): InvalidInput {
  const found = Array.isArray(value) ? 'START_ARRAY' : `${typeof value}`.toUpperCase().concat('_VALUE');
  return new InvalidInput('type', `${found} can not be converted to ${expected} at '${at || '.'}'`);
}

function join(at: string, name: string): string {
  return at ? `${at}.${name}` : name;
}
