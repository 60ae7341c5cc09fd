import { pageOf } from '../page.ts';
import { invalid } from './state.ts';

/** ELB API reference: PageSize is 1 to 400; the marker is opaque. */
export function describePage<T>(
  items: Iterable<T>,
  { PageSize = 400, Marker }: { PageSize?: number | undefined; Marker?: string | undefined },
  keyOf: (item: T) => string,
): { items: T[]; NextMarker: string | undefined } {
  if (PageSize < 1 || PageSize > 400) throw invalid(`Page size '${PageSize}' must be between 1 and 400`);
  const from = Marker && Buffer.from(Marker, 'base64url').toString();
  const { items: page, next } = pageOf(items, { from, limit: PageSize, keyOf });
  return { items: page, NextMarker: next && Buffer.from(next).toString('base64url') };
}
