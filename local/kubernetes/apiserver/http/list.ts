import type { ListOptions } from '../../api.ts';
import type { ApiObject } from '../json.ts';
import type { ServedResource } from '../resources.ts';
import { badRequest, expired, statusError } from '../status.ts';
import type { Store } from '../store.ts';
import { keyOf } from '../store.ts';
import { listObjects } from '../watch.ts';

export interface Page {
  readonly items: readonly ApiObject[];
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
}

/** Chunked lists read one snapshot: what is left of it is kept until it is read or pushed out by newer ones. */
export interface Pager {
  list(resource: ServedResource, options: ListOptions, query: URLSearchParams): Page;
}

const mostSnapshots = 32;

export function createPager(store: Store): Pager {
  const snapshots = new Map<string, readonly ApiObject[]>();
  const keep = (token: string, rest: readonly ApiObject[]): void => {
    snapshots.set(token, rest);
    for (const old of snapshots.keys()) {
      if (snapshots.size <= mostSnapshots) break;
      snapshots.delete(old);
    }
  };
  return {
    list: (resource, options, query) => {
      const limit = readNumber(query, 'limit') ?? 0;
      const token = query.get('continue') ?? '';
      checkVersion(store, query, token);
      const key = (continued: string) =>
        `${resource.group}/${resource.plural} ${JSON.stringify(options)} ${continued}`;
      const rest = token ? snapshots.get(key(token)) : listObjects(store, resource, options);
      if (!rest) throw gone();
      const resourceVersion = token ? String(readToken(token).rv) : String(store.revision);
      if (limit === 0 || rest.length <= limit) return { items: rest, metadata: { resourceVersion } };
      const items = rest.slice(0, limit);
      const next = writeToken(resourceVersion, items.at(-1));
      keep(key(next), rest.slice(limit));
      // A selector hides how many are left: a real server then leaves the count out.
      const remaining = options.labelSelector || options.fieldSelector ? undefined : rest.length - limit;
      return { items, metadata: { resourceVersion, continue: next, remainingItemCount: remaining } };
    },
  };
}

function checkVersion(store: Store, query: URLSearchParams, token: string): void {
  const version = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  if (token && version) throw badRequest('specifying resource version is not allowed when using continue');
  if (version === '' || version === '0') return;
  const wanted = parseVersion(version);
  if (wanted > store.revision) throw tooLarge(wanted, store.revision);
  if (match === 'Exact' && wanted < store.revision)
    throw expired('The resourceVersion for the provided list is too old.');
}

export function parseVersion(version: string): number {
  if (/^\d+$/.test(version)) return Number(version);
  const message = `Invalid value: "${version}": strconv.ParseUint: parsing "${version}": invalid syntax`;
  throw badRequest(`resourceVersion: ${message}`);
}

export function tooLarge(wanted: number, current: number): Error {
  const message = `Timeout: Too large resource version: ${wanted}, current: ${current}`;
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
  return statusError(504, 'Timeout', message, { causes, retryAfterSeconds: 1 });
}

export function readNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (/^-?\d+$/.test(text)) return Number(text);
  throw badRequest(`strconv.ParseInt: parsing "${text}": invalid syntax`);
}

function gone(): Error {
  return expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
  );
}

interface Token {
  readonly v: string;
  readonly rv: number;
  readonly start: string;
}

function writeToken(resourceVersion: string, last: ApiObject | undefined): string {
  const start = `/${keyOf(last?.metadata.namespace, last?.metadata.name ?? '')}\u0000`;
  const token: Token = { v: 'meta.k8s.io/v1', rv: Number(resourceVersion), start };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function readToken(token: string): Token {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as Token;
  } catch {
    throw badRequest('continue key is not valid');
  }
}
