import { firstHeader, type HeaderList } from './headers.ts';

export interface TtlBounds {
  readonly minSec: number;
  readonly defaultSec: number;
  readonly maxSec: number;
}

/** Undefined seconds: not to be kept at all. */
export interface Freshness {
  readonly ttlSec: number | undefined;
  /** May be served when it is expired and the origin fails. */
  readonly staleIfError: boolean;
}

export interface FreshnessOptions {
  readonly status: number;
  readonly headers: HeaderList;
  readonly bounds: TtlBounds;
  /** The distribution's ErrorCachingMinTTL for this status, or its default. */
  readonly errorTtlSec: number;
  readonly nowUnixMs: number;
}

/** CloudFront developer guide, "Manage how long content stays in the cache (expiration)". */
export function freshness(options: FreshnessOptions): Freshness {
  const control = parseCacheControl(firstHeader(options.headers, 'cache-control') ?? '');
  if (options.status >= 400) return { ttlSec: errorTtl(options, control), staleIfError: false };
  const staleIfError = !control.has('must-revalidate') && !control.has('proxy-revalidate');
  return { ttlSec: successTtl(options, control), staleIfError };
}

/** Of an error whose code no CustomErrorResponse names ("How CloudFront caches HTTP 4xx and 5xx status codes"). */
export const defaultErrorTtlSec = 10;

const keptByDefault: ReadonlySet<number> = new Set([200, 203, 204, 300, 301, 308]);
const keptWithMaxAge: ReadonlySet<number> = new Set([302, 303, 307]);
const errorsAlwaysKept: ReadonlySet<number> = new Set([404, 414, 500, 501, 502, 503, 504]);
const errorsKeptWithMaxAge: ReadonlySet<number> = new Set([400, 403, 405, 412, 415]);

function successTtl(
  { status, headers, bounds, nowUnixMs }: FreshnessOptions,
  control: CacheControl,
): number | undefined {
  const { minSec, defaultSec, maxSec } = bounds;
  if (maxSec === 0) return undefined;
  if (!keptByDefault.has(status) && !keptWithMaxAge.has(status)) return undefined;
  if (forbidsKeeping(control)) return minSec > 0 ? minSec : undefined;
  const declared = maxAge(control) ?? expiresIn(headers, nowUnixMs);
  if (declared !== undefined) return Math.max(minSec, Math.min(declared, maxSec));
  return keptByDefault.has(status) ? Math.max(minSec, Math.min(defaultSec, maxSec)) : undefined;
}

function errorTtl({ status, errorTtlSec }: FreshnessOptions, control: CacheControl): number | undefined {
  const declared = maxAge(control);
  if (errorsAlwaysKept.has(status)) return positive(Math.max(errorTtlSec, declared ?? 0));
  if (!errorsKeptWithMaxAge.has(status) || declared === undefined || forbidsKeeping(control))
    return undefined;
  return positive(declared);
}

function positive(seconds: number): number | undefined {
  return seconds > 0 ? seconds : undefined;
}

type CacheControl = ReadonlyMap<string, string>;

/** RFC 9111 §5.2; a directive without value has ''. */
function parseCacheControl(header: string): CacheControl {
  const directives = new Map<string, string>();
  for (const [, name = '', quoted, plain] of header.matchAll(
    /([a-z-]+)\s*(?:=\s*(?:"([^"]*)"|([^\s,]*)))?/gi,
  ))
    directives.set(name.toLowerCase(), quoted ?? plain ?? '');
  return directives;
}

/** `no-cache="Set-Cookie"` speaks of that header alone. */
function forbidsKeeping(control: CacheControl): boolean {
  return control.has('no-store') || control.has('private') || control.get('no-cache') === '';
}

/** The names in `no-cache="…"`: those headers are not kept with the object. */
export function headersNotKept(headers: HeaderList): ReadonlySet<string> {
  const names = parseCacheControl(firstHeader(headers, 'cache-control') ?? '').get('no-cache') ?? '';
  return new Set(
    names
      .toLowerCase()
      .split(/[\s,]+/)
      .filter(Boolean),
  );
}

function maxAge(control: CacheControl): number | undefined {
  const text = control.get('s-maxage') ?? control.get('max-age');
  if (text === undefined) return undefined;
  const seconds = Number(text);
  return Number.isFinite(seconds) ? Math.max(0, seconds) : 0;
}

/** RFC 9111 §5.3: a date that cannot be read is in the past. */
function expiresIn(headers: HeaderList, nowUnixMs: number): number | undefined {
  const expires = firstHeader(headers, 'expires');
  if (expires === undefined) return undefined;
  const at = Date.parse(expires);
  return Number.isNaN(at) ? 0 : Math.max(0, (at - nowUnixMs) / 1000);
}
