import type { Filter, ResourceType, Tag, TagSpecification } from '@aws-sdk/client-ec2';
import type { Random } from '../../../base/random.ts';
import { AwsError } from '../../service.ts';
import { pageOf } from '../page.ts';
import { type Fields, matchesFilters } from './filters.ts';

export interface TableOptions<T> {
  readonly random: Random;
  /** Of the ids: `vpc` gives `vpc-0123456789abcdef0`. */
  readonly prefix: string;
  readonly type: ResourceType;
  /** AWS's error for an id that is not there. */
  readonly missing: (id: string) => AwsError;
  /** What `Filters` may name, beside tags. */
  readonly fields: Fields<T>;
}

/** One kind of EC2 resource: what is common to finding, listing, tagging and deleting it. */
export interface Table<T extends Tagged> {
  readonly type: ResourceType;
  readonly prefix: string;
  newId(): string;
  /** Throws AWS's own error when it is not there. */
  get(id: string | undefined): T;
  has(id: string): boolean;
  add(id: string, item: T): T;
  delete(id: string): void;
  all(): T[];
  entries(): [id: string, item: T][];
  list(query: ListQuery): { items: T[]; NextToken?: string };
}

export interface Tagged {
  Tags?: Tag[] | undefined;
}

export interface ListQuery {
  readonly ids?: readonly string[] | undefined;
  readonly Filters?: readonly Filter[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

export function createTable<T extends Tagged>(options: TableOptions<T>): Table<T> {
  const items = new Map<string, T>();
  const get = (id: string | undefined): T => {
    const found = items.get(id ?? '');
    if (!found) throw options.missing(id ?? '');
    return found;
  };
  return {
    type: options.type,
    prefix: options.prefix,
    newId: () => `${options.prefix}-0${options.random.hex(16)}`,
    get,
    has: (id) => items.has(id),
    add: (id, item) => {
      items.set(id, item);
      return item;
    },
    delete: (id) => void items.delete(id),
    all: () => [...items.values()],
    entries: () => [...items],
    list: ({ ids, Filters, MaxResults = 1000, NextToken }) => {
      for (const id of ids ?? []) get(id);
      const wanted = [...items].filter(
        ([id, item]) =>
          (!ids?.length || ids.includes(id)) && matchesFilters(item, Filters ?? [], options.fields),
      );
      const page = pageOf(wanted, { from: NextToken, limit: MaxResults, keyOf: ([id]) => id });
      const found = page.items.map(([, item]) => item);
      return { items: found, ...(page.next === undefined ? {} : { NextToken: page.next }) };
    },
  };
}

/** The tags that a creating call gives to the thing it makes. */
export function tagsFor(type: ResourceType, specifications: readonly TagSpecification[] | undefined): Tag[] {
  return (specifications ?? []).flatMap(({ ResourceType, Tags }) => {
    if (ResourceType === type) return Tags ?? [];
    throw new AwsError(
      'InvalidParameterValue',
      `'${ResourceType}' is not a valid taggable resource type for this operation.`,
    );
  });
}
