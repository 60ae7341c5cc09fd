import { type Selection, selectCookies, selectQuery } from './selection.ts';

export interface KeySettings {
  /** In lower case. */
  readonly headers: readonly string[];
  readonly cookies: Selection;
  readonly query: Selection;
  readonly gzip: boolean;
  readonly brotli: boolean;
}

export interface KeyedRequest {
  readonly path: string;
  readonly query: string;
  header(name: string): string | undefined;
}

/** CloudFront developer guide, "Understand the cache key". */
export function cacheKey(distributionId: string, request: KeyedRequest, settings: KeySettings): string {
  const { headers, cookies, query } = settings;
  let key = `${distributionId}\n${request.path}?${selectQuery(request.query, [query])}`;
  for (const name of headers) key += `\n${name}:${request.header(name) ?? ''}`;
  const cookie = cookies.mode === 'none' ? '' : selectCookies(request.header('cookie') ?? '', [cookies]);
  if (cookie !== '') key += `\n;${cookie}`;
  const encoding = normalEncoding(request.header('accept-encoding'), settings);
  return encoding === '' ? key : `${key}\n,${encoding}`;
}

/** "Compressed objects support": `br,gzip`, either, or nothing; the same text goes to the origin. */
export function normalEncoding(
  acceptEncoding: string | undefined,
  { gzip, brotli }: Pick<KeySettings, 'gzip' | 'brotli'>,
): string {
  if (acceptEncoding === undefined || (!gzip && !brotli)) return '';
  const accepted = acceptEncoding
    .toLowerCase()
    .split(',')
    .map((part) => part.trim())
    .filter((part) => !/;\s*q=0(\.0*)?$/.test(part))
    .map((part) => part.split(';', 1)[0]?.trim());
  const chosen = [brotli && accepted.includes('br') && 'br', gzip && accepted.includes('gzip') && 'gzip'];
  return chosen.filter((each) => each !== false).join(',');
}
