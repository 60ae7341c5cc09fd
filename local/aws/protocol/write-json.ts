import type { JsonOptions } from './read-json.ts';
import { writeTimestamp } from './scalar.ts';
import { membersOf, type Shape, setOwn, timestampFormat } from './shape.ts';

/** The value as JSON.stringify should see it. */
export function writeJson(shape: Shape, value: unknown, options: JsonOptions): unknown {
  if (value === null || value === undefined) return undefined;
  if (shape.isDocumentSchema()) return value;
  if (shape.isStructSchema()) return writeStructure(shape, value as Record<string, unknown>, options);
  if (shape.isListSchema()) {
    const item = shape.getValueSchema();
    return (value as unknown[]).map((entry) => writeJson(item, entry, options) ?? null);
  }
  if (shape.isMapSchema()) return writeMap(shape, value as Record<string, unknown>, options);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Date) return writeDate(shape, value);
  return typeof value === 'bigint' ? Number(value) : value;
}

/** `skip` names members that travel elsewhere (headers, status). */
export function writeStructure(
  shape: Shape,
  value: Record<string, unknown>,
  options: JsonOptions,
  skip: (member: Shape) => boolean = () => false,
): object {
  const out = {};
  for (const [name, member] of membersOf(shape)) {
    const written = skip(member) ? undefined : writeJson(member, value[name], options);
    if (written === undefined) continue;
    setOwn(out, (options.jsonName ? member.getMergedTraits().jsonName : undefined) ?? name, written);
  }
  return out;
}

function writeMap(shape: Shape, value: Record<string, unknown>, options: JsonOptions): object {
  const item = shape.getValueSchema();
  const out = {};
  for (const key of Object.keys(value)) setOwn(out, key, writeJson(item, value[key], options));
  return out;
}

function writeDate(shape: Shape, date: Date): number | string {
  const format = timestampFormat(shape, 'epoch-seconds');
  return format === 'epoch-seconds' ? date.getTime() / 1000 : writeTimestamp(date, format);
}
