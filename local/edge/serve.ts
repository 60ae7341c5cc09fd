import { type Answer, discardBody } from './answer.ts';
import { cacheKey } from './cache-key.ts';
import { compressed } from './compression.ts';
import type { Exchange } from './exchange.ts';
import { freshness } from './freshness.ts';
import { firstHeader, type HeaderList, withHeaders } from './headers.ts';
import type { StoredObject } from './object-cache.ts';
import { OriginFailure } from './origin-failure.ts';
import type { OriginResponse } from './origin-request.ts';
import { ownError } from './own-answer.ts';
import { reachOrigin } from './reach-origin.ts';
import { keepObject, storable } from './store.ts';

/** The answer of the cache or the origin. Rejects only when the viewer is gone. */
export async function serve(exchange: Exchange): Promise<Answer> {
  if (exchange.method !== 'GET' && exchange.method !== 'HEAD') return passThrough(exchange);
  const { cache, clock } = exchange.edge;
  const { distribution, behaviour } = exchange;
  const key = cacheKey(distribution.id, keyed(exchange), behaviour.policies.key);
  const found = cache.get(key);
  if (found && isServable(found, clock.elapsedMs())) return fromCache(exchange, found, 'Hit');
  if (exchange.method === 'HEAD') return passThrough(exchange);
  if (exchange.viewer.header('range') !== undefined && !found) return passThrough(exchange);
  return behaviour.policies.ttl.maxSec > 0
    ? collapse(exchange, key, found)
    : fetchObject(exchange, key, found);
}

function keyed({ path, query, viewer }: Exchange): Parameters<typeof cacheKey>[1] {
  return { path, query, header: (name) => viewer.header(name) };
}

function isServable({ freshUntilMs, quietUntilMs }: StoredObject, nowMs: number): boolean {
  return nowMs < freshUntilMs || nowMs < quietUntilMs;
}

/** "Simultaneous requests for the same object": later ones wait for the first, and share what may be kept. */
async function collapse(exchange: Exchange, key: string, found: StoredObject | undefined): Promise<Answer> {
  const { arriving } = exchange.edge;
  const waiting = arriving.get(key);
  if (!waiting) return fetchObject(exchange, key, found, arriving);
  const shared = await waiting;
  return shared ? fromCache(exchange, shared, 'Hit') : fetchObject(exchange, key, found);
}

async function fetchObject(
  exchange: Exchange,
  key: string,
  found: StoredObject | undefined,
  arriving?: Map<string, Promise<StoredObject | undefined>>,
): Promise<Answer> {
  const arrival = Promise.withResolvers<StoredObject | undefined>();
  const settle = (object: StoredObject | undefined): void => {
    arriving?.delete(key);
    arrival.resolve(object);
  };
  arriving?.set(key, arrival.promise);
  const epoch = exchange.edge.cache.epoch;
  try {
    const keeps = exchange.behaviour.policies.ttl.maxSec > 0;
    const response = await reachOrigin(exchange, { validators: validatorsOf(found), unconditional: keeps });
    return arrived({ exchange, key, found, response, epoch, settle });
  } catch (error) {
    if (!(error instanceof OriginFailure)) {
      settle(undefined);
      throw error;
    }
    return failed({ exchange, key, found, failure: error, settle });
  }
}

interface Arrival {
  readonly exchange: Exchange;
  readonly key: string;
  readonly found: StoredObject | undefined;
  readonly response: OriginResponse;
  /** Of the cache, when the request was sent. */
  readonly epoch: number;
  /** Tells who waits for the object. */
  settle(object: StoredObject | undefined): void;
}

function arrived(arrival: Arrival): Answer {
  const { exchange, found, response, settle } = arrival;
  if (found && response.status === 304) return refreshed(arrival, found);
  if (found && response.status >= 500 && mayServeStale(found)) {
    discardBody(response.body);
    settle(found);
    return stale(exchange, found, response.status);
  }
  const shaped = compressed(exchange, withoutUnwantedCookies(exchange, response));
  const result = response.status >= 400 ? 'Error' : 'Miss';
  const { status, headers, body } = shaped;
  const answer: Answer = { status, headers, body, result };
  const keep = freshnessOf(exchange, shaped);
  if (keep.ttlSec === undefined || !storable(exchange, shaped)) {
    if (found) exchange.edge.cache.delete(arrival.key);
    settle(undefined);
    return answer;
  }
  const { key, epoch } = arrival;
  return keepObject({
    exchange,
    key,
    epoch,
    answer,
    ttlSec: keep.ttlSec,
    staleIfError: keep.staleIfError,
    settle,
  });
}

function freshnessOf(exchange: Exchange, { status, headers }: Pick<OriginResponse, 'status' | 'headers'>) {
  const { behaviour, distribution, edge } = exchange;
  const errorTtlSec = distribution.errorPages.ttlSec(status);
  const bounds = behaviour.policies.ttl;
  return freshness({ status, headers, bounds, errorTtlSec, nowUnixMs: edge.clock.now().getTime() });
}

/** The object is still good: the 304's headers replace its own (RFC 9111 §4.3.4). */
function refreshed({ exchange, key, response, settle }: Arrival, found: StoredObject): Answer {
  const { clock, cache } = exchange.edge;
  discardBody(response.body);
  const news = response.headers.filter(([name]) => !bodyHeaders.has(name.toLowerCase()));
  found.headers = withHeaders(found.headers, news);
  found.madeAtMs = clock.elapsedMs();
  const { ttlSec } = freshnessOf(exchange, found);
  if (ttlSec === undefined) cache.delete(key);
  else found.freshUntilMs = clock.elapsedMs() + ttlSec * 1000;
  settle(ttlSec === undefined ? undefined : found);
  return fromCache(exchange, found, 'RefreshHit');
}

const bodyHeaders: ReadonlySet<string> = new Set([
  'content-length',
  'content-encoding',
  'content-type',
  'etag',
  'vary',
]);

function failed(options: Omit<Arrival, 'response' | 'epoch'> & { failure: OriginFailure }): Answer {
  const { exchange, key, found, failure, settle } = options;
  if (found && mayServeStale(found)) {
    settle(found);
    return stale(exchange, found, failure.status);
  }
  const answer = ownError(failure.status, failure.message, exchange.requestId);
  const { ttlSec } = freshnessOf(exchange, answer);
  const epoch = exchange.edge.cache.epoch;
  if (ttlSec !== undefined)
    return keepObject({ exchange, key, epoch, answer, ttlSec, staleIfError: false, settle });
  settle(undefined);
  return answer;
}

function mayServeStale({ staleIfError, status }: StoredObject): boolean {
  return staleIfError && status < 400;
}

/** "How CloudFront caches HTTP 4xx and 5xx": for the error's time the old object is served without asking again. */
function stale(exchange: Exchange, found: StoredObject, status: number): Answer {
  const quietMs = exchange.distribution.errorPages.ttlSec(status) * 1000;
  found.quietUntilMs = exchange.edge.clock.elapsedMs() + quietMs;
  return fromCache(exchange, found, 'Hit');
}

function validatorsOf(found: StoredObject | undefined): HeaderList {
  if (!found || found.status >= 400) return [];
  const etag = firstHeader(found.headers, 'etag');
  const modified = firstHeader(found.headers, 'last-modified');
  const list: [string, string][] = [];
  if (etag !== undefined) list.push(['If-None-Match', etag]);
  if (modified !== undefined) list.push(['If-Modified-Since', modified]);
  return list;
}

function fromCache(exchange: Exchange, object: StoredObject, result: 'Hit' | 'RefreshHit'): Answer {
  const { status, headers, body, madeAtMs } = object;
  const ageSec = Math.max(0, Math.floor((exchange.edge.clock.elapsedMs() - madeAtMs) / 1000));
  return { status, headers, body, ageSec, result: status >= 400 ? 'Error' : result };
}

/** Neither from the cache nor into it. */
async function passThrough(exchange: Exchange): Promise<Answer> {
  try {
    const response = await reachOrigin(exchange, { unconditional: false });
    const { status, headers, body } = compressed(exchange, withoutUnwantedCookies(exchange, response));
    return { status, headers, body, result: status >= 400 ? 'Error' : 'Miss' };
  } catch (error) {
    if (error instanceof OriginFailure) return ownError(error.status, error.message, exchange.requestId);
    throw error;
  }
}

/** "Cache content based on cookies": where none are forwarded, Set-Cookie is removed from the answer. */
function withoutUnwantedCookies({ behaviour }: Exchange, response: OriginResponse): OriginResponse {
  const { key, forward } = behaviour.policies;
  if (key.cookies.mode !== 'none' || forward.cookies.mode !== 'none') return response;
  return { ...response, headers: response.headers.filter(([name]) => name.toLowerCase() !== 'set-cookie') };
}
