import { isObject } from './json.ts';
import type { Type } from './types.ts';

/** Sets the defaults that the OpenAPI data has (`protocol: TCP`), in every object there is. */
export function applySchemaDefaults(type: Type, value: unknown): void {
  if (type.kind === 'list' && Array.isArray(value)) {
    for (const item of value) applySchemaDefaults(type.items, item);
  } else if (type.kind === 'map' && isObject(value)) {
    for (const member of Object.values(value)) applySchemaDefaults(type.values, member);
  } else if (type.kind === 'struct' && isObject(value)) {
    for (const name of type.fieldNames) {
      const field = type.field(name);
      if (!field) continue;
      if (value[name] === undefined && field.default !== undefined) value[name] = field.default;
      else if (value[name] !== undefined) applySchemaDefaults(field, value[name]);
    }
  }
}
