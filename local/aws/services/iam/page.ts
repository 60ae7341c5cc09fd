import { pageOf } from '../page.ts';

interface Paged {
  readonly MaxItems?: number | undefined;
  readonly Marker?: string | undefined;
}

/** IAM's own way of paging. */
export function iamPage<T>(
  items: Iterable<T>,
  { MaxItems = 100, Marker }: Paged,
  keyOf: (item: T) => string,
): { items: T[]; more: { IsTruncated: boolean; Marker?: string } } {
  const page = pageOf(items, { from: Marker, limit: MaxItems, keyOf });
  const more = page.next === undefined ? { IsTruncated: false } : { IsTruncated: true, Marker: page.next };
  return { items: page.items, more };
}
