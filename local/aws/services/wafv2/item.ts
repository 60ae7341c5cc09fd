import { AwsError } from '../../service.ts';
import type { Wafv2State } from './state.ts';

/** What web ACLs, IP sets and regex pattern sets share: a place, and a token that every change replaces. */
export interface Item<T> {
  readonly kind: ItemKind;
  readonly arn: string;
  readonly name: string;
  readonly id: string;
  readonly scope: string;
  lockToken: string;
  /** As Get answers it. */
  content: T;
}

export type ItemKind = 'webacl' | 'ipset' | 'regexpatternset';

/** How a call names an item. */
export interface ItemName {
  readonly Name?: string | undefined;
  readonly Id?: string | undefined;
  readonly Scope?: string | undefined;
}

export interface NewItem<T> {
  readonly kind: ItemKind;
  readonly Name: string | undefined;
  readonly Scope: string | undefined;
  readonly contentOf: (made: { arn: string; id: string }) => T;
}

export function createItem<T>(
  { context }: Wafv2State,
  items: Map<string, Item<T>>,
  { kind, Name: name = '', Scope: scope = '', contentOf }: NewItem<T>,
): Item<T> {
  if ([...items.values()].some((other) => other.name === name && other.scope === scope))
    throw new AwsError(
      'WAFDuplicateItemException',
      'AWS WAF couldn’t perform the operation because some resource in your request is a duplicate of an existing one.',
    );
  const id = context.random.uuid();
  const place = scope === 'CLOUDFRONT' ? 'global' : 'regional';
  const arn = `arn:aws:wafv2:${context.region}:${context.accountId}:${place}/${kind}/${name}/${id}`;
  const lockToken = context.random.uuid();
  const item = { kind, arn, name, id, scope, lockToken, content: contentOf({ arn, id }) };
  items.set(arn, item);
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
  if (item.lockToken !== input.LockToken)
    throw new AwsError(
      'WAFOptimisticLockException',
      'AWS WAF couldn’t save your changes because someone changed the resource after you started to edit it. Reapply your changes.',
    );
  return item;
}

export function replaceContent<T>({ context }: Wafv2State, item: Item<T>, content: T): string {
  item.content = content;
  item.lockToken = context.random.uuid();
  return item.lockToken;
}

export function nonexistent(): AwsError {
  return new AwsError(
    'WAFNonexistentItemException',
    'AWS WAF couldn’t perform the operation because your resource doesn’t exist.',
  );
}
