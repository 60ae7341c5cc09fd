import { firstHeader, type HeaderList } from './headers.ts';

/** RFC 9110 §13.2.2: the viewer has this representation already; entity tags win over dates. */
export function notModified(
  request: { header(name: string): string | undefined },
  { status, headers }: { readonly status: number; readonly headers: HeaderList },
): boolean {
  if (status !== 200) return false;
  const noneMatch = request.header('if-none-match');
  const etag = firstHeader(headers, 'etag');
  if (noneMatch !== undefined) return etag !== undefined && anyMatches(noneMatch, etag);
  const since = Date.parse(request.header('if-modified-since') ?? '');
  const modified = Date.parse(firstHeader(headers, 'last-modified') ?? '');
  return modified <= since;
}

/** Weak comparison (RFC 9110 §8.8.3.2). */
function anyMatches(list: string, etag: string): boolean {
  if (list.trim() === '*') return true;
  return list.split(',').some((each) => opaque(each) === opaque(etag));
}

function opaque(etag: string): string {
  return etag.trim().replace(/^W\//, '');
}
