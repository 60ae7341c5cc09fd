import { inUse } from './errors.ts';
import type { Item, ItemName } from './item.ts';
import { lockedItem } from './item.ts';
import type { Wafv2State } from './state.ts';
import { referencesOf } from './statements.ts';

/** A set that a web ACL's rule refers to stays. */
export function deleteSet<T>(
  state: Wafv2State,
  sets: Map<string, Item<T>>,
  input: ItemName & { readonly LockToken?: string | undefined },
): object {
  const { arn } = lockedItem(sets, input);
  const used = [...state.webAcls.values()].some(({ content }) =>
    referencesOf(content.Rules ?? []).includes(arn),
  );
  if (used) throw inUse();
  sets.delete(arn);
  state.tags.drop(arn);
  return {};
}
