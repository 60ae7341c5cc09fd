import { Pool } from 'undici';
import type { Clock } from '../base/clock.ts';
import type { ConnectOrigin, OriginEndpoint } from './connect-origin.ts';
import type { Origin } from './origin.ts';

/** The kept connections to every origin. */
export interface OriginPools extends AsyncDisposable {
  get(endpoint: OriginEndpoint): Pool;
  /** Lets go of the connections to origins that are no longer configured, once their requests are done. */
  retain(origins: readonly Origin[]): void;
}

export function createOriginPools(connect: ConnectOrigin, clock: Clock): OriginPools {
  const pools = new Map<string, { readonly pool: Pool; readonly identity: string }>();
  /** Their last requests are under way. */
  const retired = new Set<Pool>();
  return {
    get: (endpoint) => {
      const { identity } = endpoint.origin;
      const key = `${endpoint.scheme} ${endpoint.serverName} ${identity}`;
      const known = pools.get(key);
      if (known) return known.pool;
      const pool = createPool(endpoint, connect, clock);
      pools.set(key, { pool, identity });
      return pool;
    },
    retain: (origins) => {
      const wanted = new Set(origins.map(({ identity }) => identity));
      for (const [key, { pool, identity }] of pools) {
        if (wanted.has(identity)) continue;
        pools.delete(key);
        retired.add(pool);
        pool.close(() => retired.delete(pool));
      }
    },
    [Symbol.asyncDispose]: async () => {
      const all = [...retired, ...[...pools.values()].map(({ pool }) => pool)];
      await Promise.all(all.map((pool) => pool.destroy()));
      pools.clear();
    },
  };
}

function createPool(endpoint: OriginEndpoint, connect: ConnectOrigin, clock: Clock): Pool {
  const { origin, scheme } = endpoint;
  const keepAliveWallMs = clock.ioTimeoutWallMs(origin.keepAliveMs);
  return new Pool(`${scheme}://${origin.domainName}`, {
    connect: (_, callback) => {
      connect(endpoint).then(
        (socket) => callback(null, socket),
        (error: Error) => callback(error, null),
      );
    },
    // The origin's own Keep-Alive header does not lengthen it.
    keepAliveTimeout: keepAliveWallMs,
    keepAliveMaxTimeout: keepAliveWallMs,
    // Time limits are those of the origin's settings, kept by the caller.
    headersTimeout: 0,
    bodyTimeout: 0,
    pipelining: 1,
  });
}
