import { readFileSync } from 'node:fs';

/** A JSON schema of the cut OpenAPI data, with Kubernetes' extensions. */
export interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly type?: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-patch-merge-key'?: string;
  readonly 'x-kubernetes-patch-strategy'?: string;
  readonly 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[];
}

export type ScalarName =
  | 'string'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'time'
  | 'microTime'
  | 'quantity'
  | 'intOrString'
  | 'bytes';

interface Field {
  readonly default?: unknown;
  /** 'replace', 'merge', 'retainKeys' or 'merge,retainKeys' (strategic merge patch). */
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
  /** Go writes this struct even when it is empty. */
  readonly alwaysThere?: boolean;
}
export type ScalarType = Field & {
  readonly kind: 'scalar';
  readonly scalar: ScalarName;
  readonly format?: string;
  readonly enum?: readonly string[];
};
export type ListType = Field & {
  readonly kind: 'list';
  readonly items: Type;
  readonly merge: 'atomic' | 'set' | 'map';
  readonly keys: readonly string[];
};
export type MapType = Field & { readonly kind: 'map'; readonly values: Type; readonly atomic: boolean };
export type StructType = Field & {
  readonly kind: 'struct';
  /** The Go type's name, for messages. */
  readonly name: string;
  readonly schemaName: string;
  readonly atomic: boolean;
  readonly required: readonly string[];
  readonly fieldNames: readonly string[];
  field(name: string): Type | undefined;
};
/** Accepts and keeps anything (RawExtension, FieldsV1). */
export type AnyType = Field & { readonly kind: 'any' };
export type Type = ScalarType | ListType | MapType | StructType | AnyType;

const folder = new URL('../openapi/', import.meta.url);

/** Every schema that we serve, by its OpenAPI name. */
export const schemas: Readonly<Record<string, Schema>> = {
  ...readJson<Record<string, Schema>>('schemas.json'),
  ...readJson<{ schemas: Record<string, Schema> }>('target-group-binding.json').schemas,
};

export function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as T;
}

const schemaNames = new Map<string, string>();
for (const [name, schema] of Object.entries(schemas)) {
  for (const { group, version, kind } of schema['x-kubernetes-group-version-kind'] ?? []) {
    schemaNames.set(`${group}/${version}/${kind}`, name);
  }
}

export function schemaNameOf(group: string, version: string, kind: string): string {
  const name = schemaNames.get(`${group}/${version}/${kind}`);
  if (!name) throw new Error(`Cannot find the schema of ${group}/${version} ${kind}: it was not cut`);
  return name;
}

const named = new Map<string, Type>();

/** The type of a named schema. Fields of structs are resolved when they are first asked for. */
export function typeNamed(name: string): Type {
  let type = named.get(name);
  if (!type) {
    type = compile(schemas[name] ?? {}, name);
    named.set(name, type);
  }
  return type;
}

export function structNamed(name: string): StructType {
  const type = typeNamed(name);
  if (type.kind !== 'struct') throw new TypeError(`Cannot use the schema "${name}": expected an object`);
  return type;
}

function compile(schema: Schema, name: string): Type {
  const reference = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (reference) return { ...typeNamed(reference.slice(reference.lastIndexOf('/') + 1)), ...own(schema) };
  return { ...compileOwn(schema, name), ...fieldOf(schema) } as Type;
}

function compileOwn(schema: Schema, name: string): Type {
  const special = specialTypes[name];
  if (special) return special;
  if (schema.type === 'array') return listOf(schema, name);
  if (schema.properties) return structOf(schema, name);
  if (isSchema(schema.additionalProperties)) return mapOf(schema.additionalProperties, schema, name);
  return scalarOf(schema);
}

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const specialTypes: Readonly<Record<string, Type>> = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { kind: 'scalar', scalar: 'intOrString' },
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { kind: 'scalar', scalar: 'quantity' },
  [`${meta}.Time`]: { kind: 'scalar', scalar: 'time' },
  [`${meta}.MicroTime`]: { kind: 'scalar', scalar: 'microTime' },
  [`${meta}.FieldsV1`]: { kind: 'any' },
};

function scalarOf(schema: Schema): Type {
  const { type, format } = schema;
  if (type === 'string' && format === 'byte') return { kind: 'scalar', scalar: 'bytes', format };
  if (type === 'string' || type === 'integer' || type === 'number' || type === 'boolean') {
    return { kind: 'scalar', scalar: type, format, enum: schema.enum };
  }
  return { kind: 'any' };
}

function listOf(schema: Schema, name: string): ListType {
  const merge = schema['x-kubernetes-list-type'] ?? 'atomic';
  const items = compile(schema.items ?? {}, name);
  return { kind: 'list', merge, keys: schema['x-kubernetes-list-map-keys'] ?? [], items };
}

function mapOf(values: Schema, schema: Schema, name: string): MapType {
  return {
    kind: 'map',
    values: compile(values, name),
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
  };
}

function structOf(schema: Schema, name: string): StructType {
  const properties = schema.properties ?? {};
  const compiled = new Map<string, Type>();
  return {
    kind: 'struct',
    name: name.slice(name.lastIndexOf('.') + 1),
    schemaName: name,
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    required: schema.required ?? [],
    fieldNames: Object.keys(properties),
    field: (field) => {
      const property = Object.hasOwn(properties, field) ? properties[field] : undefined;
      if (!property) return undefined;
      const known = compiled.get(field) ?? compile(property, `${name}.${field}`);
      compiled.set(field, known);
      return known;
    },
  };
}

/** What a field says besides its type, when the type is a reference. */
function own(schema: Schema): object {
  const atomic = schema['x-kubernetes-map-type'];
  return { ...fieldOf(schema), ...(atomic && { atomic: atomic === 'atomic' }) };
}

function fieldOf(schema: Schema): Field {
  return {
    default: isZero(schema.default) ? undefined : schema.default,
    alwaysThere: JSON.stringify(schema.default) === '{}',
    patchStrategy: schema['x-kubernetes-patch-strategy'],
    patchMergeKey: schema['x-kubernetes-patch-merge-key'],
  };
}

/** OpenAPI writes Go's zero value as the default of every field that is never omitted: it defaults nothing. */
function isZero(value: unknown): boolean {
  return value === undefined || value === '' || value === 0 || JSON.stringify(value) === '{}';
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null;
}
