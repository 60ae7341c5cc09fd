import { pageOf } from '../page.ts';
import { invalidValue } from './errors.ts';

/** RDS API reference: MaxRecords is 20 to 100, 100 when absent; the marker is opaque. */
export function describePage<T>(
  items: Iterable<T>,
  { MaxRecords = 100, Marker }: { MaxRecords?: number | undefined; Marker?: string | undefined },
  keyOf: (item: T) => string,
): { items: T[]; Marker: string | undefined } {
  if (MaxRecords < 20 || MaxRecords > 100)
    throw invalidValue(`Invalid value ${MaxRecords} for MaxRecords. Must be between 20 and 100`);
  const from = Marker && Buffer.from(Marker, 'base64url').toString();
  const { items: page, next } = pageOf(items, { from, limit: MaxRecords, keyOf });
  return { items: page, Marker: next && Buffer.from(next).toString('base64url') };
}
