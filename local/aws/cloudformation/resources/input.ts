import { NormalizedSchema } from '@smithy/core/schema';

/**
 * Turns a resource's properties into the input of an operation, led by that operation's schema: names meet without
 * regard to the case of letters (`ClusterName`, `clusterName`), text becomes the number or boolean that is expected
 * (parameters are always text), and a plain list becomes CloudFront's `{ Quantity, Items }`. What the schema does not
 * know is an error, in the words of CloudFormation's own property validation.
 */
export function toInput<Input extends object>(schema: unknown, properties: object): Input {
  return convert(NormalizedSchema.of(schema as never), properties, '#') as Input;
}

export class InvalidProperty extends Error {}

function convert(schema: NormalizedSchema, value: unknown, path: string): unknown {
  if (schema.isDocumentSchema()) return value;
  if (schema.isListSchema()) return convertList(schema, value, path);
  if (schema.isMapSchema()) return convertMap(schema, value, path);
  if (schema.isStructSchema()) return convertStruct(schema, value, path);
  if (schema.isNumericSchema()) return convertNumber(value, path);
  if (schema.isBooleanSchema()) return convertBoolean(value, path);
  if (schema.isBlobSchema()) return Buffer.from(text(value, path));
  return text(value, path);
}

function convertStruct(schema: NormalizedSchema, value: unknown, path: string): unknown {
  const members = new Map(
    [...schema.structIterator()].map(([name, member]) => [name.toLowerCase(), { name, member }]),
  );
  if (Array.isArray(value) && members.has('quantity') && members.has('items'))
    return { Quantity: value.length, Items: convertItems(members.get('items')?.member, value, path) };
  if (!isObject(value)) throw wrongType(path, 'JSONObject', value);
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => {
    const found = members.get(key.toLowerCase());
    if (!found) throw new InvalidProperty(`${path}: extraneous key [${key}] is not permitted`);
    return [found.name, convert(found.member, item, `${path}/${key}`)];
  });
  return Object.fromEntries(entries);
}

function convertItems(
  schema: NormalizedSchema | undefined,
  items: readonly unknown[],
  path: string,
): unknown {
  return schema ? convertList(schema, items, path) : items;
}

function convertList(schema: NormalizedSchema, value: unknown, path: string): unknown {
  if (!Array.isArray(value)) throw wrongType(path, 'JSONArray', value);
  return value.map((item, index) => convert(schema.getValueSchema(), item, `${path}/${index}`));
}

function convertMap(schema: NormalizedSchema, value: unknown, path: string): unknown {
  if (!isObject(value)) throw wrongType(path, 'JSONObject', value);
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => [
    key,
    convert(schema.getValueSchema(), item, `${path}/${key}`),
  ]);
  return Object.fromEntries(entries);
}

function convertNumber(value: unknown, path: string): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || Number.isNaN(number)) throw wrongType(path, 'Number', value);
  return number;
}

function convertBoolean(value: unknown, path: string): boolean {
  if (value === 'true' || value === true) return true;
  if (value === 'false' || value === false) return false;
  throw wrongType(path, 'Boolean', value);
}

function text(value: unknown, path: string): string {
  if (value === null || typeof value === 'object') throw wrongType(path, 'String', value);
  return String(value);
}

function wrongType(path: string, expected: string, value: unknown): InvalidProperty {
  const found = Array.isArray(value) ? 'JSONArray' : isObject(value) ? 'JSONObject' : typeName(value);
  return new InvalidProperty(`${path}: expected type: ${expected}, found: ${found}`);
}

function typeName(value: unknown): string {
  const name = typeof value;
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
