export interface Page<T> {
  readonly items: T[];
  /** The key of the first item that was left out: the next call's `from`. */
  readonly next: string | undefined;
}

/** One page of items that are ordered by `keyOf`; an item deleted between two calls costs nothing. */
export function pageOf<T>(
  items: Iterable<T>,
  { from, limit, keyOf }: { from: string | undefined; limit: number; keyOf: (item: T) => string },
): Page<T> {
  const ordered = [...items].sort((a, b) => compareKeys(keyOf(a), keyOf(b)));
  const rest = from === undefined ? ordered : ordered.filter((item) => compareKeys(keyOf(item), from) >= 0);
  const after = rest[limit];
  return { items: rest.slice(0, limit), next: after === undefined ? undefined : keyOf(after) };
}

/** Byte order, as AWS sorts: no locale. */
export function compareKeys(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
