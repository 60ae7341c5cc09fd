import { pageOf } from '../page.ts';
import type { Tag } from '../tag-store.ts';
import { rangeViolations, refuse, texts, textViolations } from './constraints.ts';
import { duplicate, nonexistent, stale } from './errors.ts';
import type { Wafv2State } from './state.ts';

/** What web ACLs, IP sets and regex pattern sets share: a place, and a token that every change replaces. */
export interface Item<T> {
  readonly arn: string;
  readonly name: string;
  readonly id: string;
  readonly scope: string;
  lockToken: string;
  /** As Get answers it; replaced as a whole. */
  content: T;
}

/** How a call names an item. */
export interface ItemName {
  readonly Name?: string | undefined;
  readonly Id?: string | undefined;
  readonly Scope?: string | undefined;
}

export interface NewItem<T> {
  readonly kind: 'webacl' | 'ipset' | 'regexpatternset';
  readonly input: ItemName & { readonly Tags?: readonly Tag[] | undefined };
  /** Throws when the input is refused: nothing is kept then. */
  readonly contentOf: (made: { readonly ARN: string; readonly Id: string }) => T;
}

export function createItem<T>(
  { context, tags }: Wafv2State,
  items: Map<string, Item<T>>,
  { kind, input, contentOf }: NewItem<T>,
): Item<T> {
  const { Name: name = '', Scope: scope = '' } = input;
  refuse(textViolations('name', name, texts.entityName));
  const id = context.random.uuid();
  const place = scope === 'CLOUDFRONT' ? 'global' : 'regional';
  const arn = `arn:aws:wafv2:${context.region}:${context.accountId}:${place}/${kind}/${name}/${id}`;
  const content = contentOf({ ARN: arn, Id: id });
  if ([...items.values()].some((other) => other.name === name && other.scope === scope)) throw duplicate();
  const item = { arn, name, id, scope, lockToken: context.random.uuid(), content };
  items.set(arn, item);
  tags.add(arn, input.Tags ?? []);
  return item;
}

export function findItem<T>(items: ReadonlyMap<string, Item<T>>, { Name, Id, Scope }: ItemName): Item<T> {
  for (const item of items.values())
    if (item.name === Name && item.id === Id && item.scope === Scope) return item;
  throw nonexistent();
}

/** The item that the call names, when the caller has seen its latest state. */
export function lockedItem<T>(
  items: ReadonlyMap<string, Item<T>>,
  input: ItemName & { readonly LockToken?: string | undefined },
): Item<T> {
  const item = findItem(items, input);
  if (item.lockToken !== input.LockToken) throw stale();
  return item;
}

export function replaceContent<T>(
  { context }: Wafv2State,
  item: Item<T>,
  content: T,
): { NextLockToken: string } {
  item.content = content;
  item.lockToken = context.random.uuid();
  return { NextLockToken: item.lockToken };
}

export function summarize<T extends { readonly Description?: string | undefined }>(item: Item<T>) {
  const { arn: ARN, name: Name, id: Id, lockToken: LockToken, content } = item;
  return { ARN, Name, Id, LockToken, Description: content.Description ?? '' };
}

export interface ListInput {
  readonly Scope?: string | undefined;
  readonly NextMarker?: string | undefined;
  readonly Limit?: number | undefined;
}

/** One page of a scope's items, by name. */
export function listItems<T>(
  items: ReadonlyMap<string, Item<T>>,
  { Scope, NextMarker, Limit }: ListInput,
): { items: Item<T>[]; NextMarker: string | undefined } {
  const limit = pageLimit(Limit);
  const own = [...items.values()].filter(({ scope }) => scope === Scope);
  const page = pageOf(own, { from: NextMarker, limit, keyOf: ({ name }) => name });
  return { items: page.items, NextMarker: page.next };
}

/** WAF API reference, PaginationLimit. */
export function pageLimit(asked: number | undefined): number {
  refuse(rangeViolations('limit', asked, [1, 100]));
  return asked ?? 100;
}
