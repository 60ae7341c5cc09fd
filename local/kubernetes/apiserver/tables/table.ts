import type { ApiObject } from '../json.ts';
import { schemas } from '../types.ts';

export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly format: string;
  readonly description: string;
  /** 0 is always shown, 1 only with `-o wide`. */
  readonly priority: 0 | 1;
}

/** How one kind is printed: the columns, and the cells of one object. */
export interface TableKind<T = ApiObject> {
  readonly columns: readonly Column[];
  cells(object: T, now: Date): readonly unknown[];
}

/**
 * A column. `about` is its description, or the schema field that a real server quotes for it, written
 * `Schema#field` with the schema's last two or three parts: `core.v1.PodSpec#nodeName`.
 */
export function column(
  name: string,
  about: string,
  {
    type = 'string',
    format = '',
    wide = false,
  }: { type?: Column['type']; format?: string; wide?: boolean } = {},
): Column {
  return { name, type, format, description: describe(about), priority: wide ? 1 : 0 };
}

export const nameColumn = column('Name', 'apimachinery.pkg.apis.meta.v1.ObjectMeta#name', { format: 'name' });
export const ageColumn = column('Age', 'apimachinery.pkg.apis.meta.v1.ObjectMeta#creationTimestamp');

function describe(about: string): string {
  const [name = '', field] = about.split('#');
  if (field === undefined) return about;
  const schema = schemas[`io.k8s.${name}`] ?? schemas[`io.k8s.api.${name}`];
  return schema?.properties?.[field]?.description ?? '';
}
