import { NormalizedSchema } from '@smithy/core/schema';

/** A schema of the SDK, with its member traits merged in. */
export type Shape = NormalizedSchema;

export function shapeOf(schema: unknown): Shape {
  return NormalizedSchema.of(schema as Parameters<typeof NormalizedSchema.of>[0]);
}

/** The members of a structure; none for `unit`. */
export function membersOf(shape: Shape): (readonly [name: string, member: Shape])[] {
  return shape.isStructSchema() ? [...shape.structIterator()] : [];
}

/** The SDK lists required members first and keeps their count as the schema's last element. */
export function requiredMembers(shape: Shape): readonly string[] {
  const schema: unknown = shape.getSchema();
  if (!shape.isStructSchema() || !Array.isArray(schema)) return [];
  return typeof schema[6] === 'number' ? schema[4].slice(0, schema[6]) : [];
}

export type TimestampFormat = 'date-time' | 'http-date' | 'epoch-seconds';

/** Simple schema 4 is a timestamp without a trait; 5, 6 and 7 name their format. */
export function timestampFormat(shape: Shape, byDefault: TimestampFormat): TimestampFormat {
  switch (shape.getSchema()) {
    case 5:
      return 'date-time';
    case 6:
      return 'http-date';
    case 7:
      return 'epoch-seconds';
    default:
      return byDefault;
  }
}

/** Sets an own property even when its name is `__proto__`. */
export function setOwn(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}
