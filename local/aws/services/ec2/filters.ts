import type { Filter, Tag } from '@aws-sdk/client-ec2';
import { AwsError } from '../../service.ts';

/** Filter name → the values an item has for it. */
export type Fields<T> = Readonly<Record<string, (item: T) => FieldValue | readonly FieldValue[]>>;

type FieldValue = string | number | boolean | undefined;

/** All filters must match; of a filter's values, one. `*` and `?` are wildcards, a backslash takes that away. */
export function matchesFilters<T extends object>(
  item: T,
  filters: readonly Filter[],
  fields: Fields<T>,
): boolean {
  return filters.every(({ Name = '', Values = [] }) => {
    const patterns = Values.map(wildcard);
    return valuesOf(item, Name, fields).some((value) =>
      patterns.some((pattern) => pattern.test(String(value))),
    );
  });
}

function valuesOf<T extends object>(item: T, name: string, fields: Fields<T>): FieldValue[] {
  const { Tags: tags = [] } = item as { Tags?: Tag[] };
  if (name === 'tag-key') return tags.map(({ Key }) => Key);
  if (name.startsWith('tag:'))
    return tags.filter(({ Key }) => Key === name.slice(4)).map(({ Value }) => Value);
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (!field) throw new AwsError('InvalidParameterValue', `The filter '${name}' is invalid`);
  return [field(item)].flat().filter((value) => value !== undefined);
}

function wildcard(value: string): RegExp {
  const source = value.replace(/\\?[\s\S]/g, (part) => {
    if (part === '*') return '[\\s\\S]*';
    if (part === '?') return '[\\s\\S]';
    return (part.length > 1 ? part.slice(1) : part).replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  });
  return new RegExp(`^${source}$`);
}
