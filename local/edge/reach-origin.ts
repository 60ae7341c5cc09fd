import { discardBody } from './answer.ts';
import type { Exchange } from './exchange.ts';
import { type HeaderList, withHeaders } from './headers.ts';
import type { Origin } from './origin.ts';
import { OriginFailure } from './origin-failure.ts';
import { originHeaders, originHost } from './origin-headers.ts';
import { type OriginResponse, requestOrigin } from './origin-request.ts';
import { selectQuery } from './selection.ts';

export interface OriginOptions {
  /** Ask whether what the cache has is still good. */
  readonly validators?: HeaderList;
  readonly unconditional: boolean;
}

/**
 * Asks the behaviour's origin, or the first of its group and then the second. Rejects with an `OriginFailure`.
 * CloudFront developer guide, "Optimize high availability with CloudFront origin failover": reads only, and the first
 * is asked every time.
 */
export async function reachOrigin(exchange: Exchange, options: OriginOptions): Promise<OriginResponse> {
  const [primary, secondary] = exchange.behaviour.origins;
  if (!secondary || !failoverMethods.has(exchange.method)) return askOrigin(exchange, primary, options);
  try {
    const response = await askOrigin(exchange, primary, options);
    if (!exchange.behaviour.failoverStatuses.has(response.status)) return response;
    discardBody(response.body);
  } catch (error) {
    if (!(error instanceof OriginFailure)) throw error;
  }
  return askOrigin(exchange, secondary, options);
}

const failoverMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A read that got no answer is sent again, as often as connections are tried; nothing else ever is. */
async function askOrigin(
  exchange: Exchange,
  origin: Origin,
  options: OriginOptions,
): Promise<OriginResponse> {
  const repeatable = exchange.method === 'GET' || exchange.method === 'HEAD';
  for (let attempt = 1; ; attempt++) {
    try {
      return await askOnce(exchange, origin, options);
    } catch (error) {
      if (!repeatable || !(error instanceof OriginFailure) || attempt >= attempts(error, origin)) throw error;
    }
  }
}

/**
 * Failures to connect have had their attempts already. A connection that broke may have been an old one that the
 * origin was closing: one more request finds out (RFC 9110 §9.2.2).
 */
function attempts({ kind }: OriginFailure, { connectionAttempts }: Origin): number {
  if (kind === 'read-timeout') return connectionAttempts;
  return kind === 'connection-lost' ? 2 : 1;
}

function askOnce(exchange: Exchange, origin: Origin, options: OriginOptions): Promise<OriginResponse> {
  const { edge, viewer, behaviour, method, signal } = exchange;
  const scheme = originScheme(origin, viewer.scheme);
  const serverName = originHost(behaviour, origin, viewer);
  const target = originTarget(exchange, origin);
  const { completionTimeoutMs } = origin;
  return requestOrigin({
    pool: edge.pools.get({ origin, scheme, serverName }),
    method,
    target,
    headers: signed(exchange, origin, target, requestHeaders(exchange, origin, options)),
    body: exchange.body,
    readTimeoutWallMs: edge.clock.ioTimeoutWallMs(origin.readTimeoutMs),
    completionWallMs: completionTimeoutMs && edge.clock.ioTimeoutWallMs(completionTimeoutMs),
    deadlines: edge.deadlines,
    signal,
  });
}

export function originScheme({ protocolPolicy }: Origin, viewerScheme: 'http' | 'https'): 'http' | 'https' {
  if (protocolPolicy === 'match-viewer') return viewerScheme;
  return protocolPolicy === 'http-only' ? 'http' : 'https';
}

export function originTarget({ behaviour, path, query }: Exchange, origin: Origin): string {
  const { key, forward } = behaviour.policies;
  const sent = selectQuery(query, [key.query, forward.query]);
  return `${origin.path}${path}${sent === '' ? '' : `?${sent}`}`;
}

export function requestHeaders(exchange: Exchange, origin: Origin, options: OriginOptions): HeaderList {
  const { edge, viewer, headers, behaviour, requestId } = exchange;
  const edgeName = edge.edgeName(viewer.edgeAddress);
  const { validators = [], unconditional } = options;
  const list = originHeaders({ viewer, headers, behaviour, origin, requestId, edgeName, unconditional });
  const length = exchange.body ? viewer.header('content-length') : undefined;
  return withHeaders(list, length === undefined ? validators : [...validators, ['Content-Length', length]]);
}

function signed(exchange: Exchange, origin: Origin, target: string, headers: HeaderList): HeaderList {
  const { signOriginAccess } = exchange.edge;
  if (!signOriginAccess || origin.originAccessControlId === undefined) return headers;
  const request = {
    originAccessControlId: origin.originAccessControlId,
    distributionArn: exchange.distribution.arn,
    method: exchange.method,
    host: origin.domainName,
    target,
  };
  return withHeaders(headers, signOriginAccess(request));
}
