import { Pool } from 'undici';
import type { Clock } from '../base/clock.ts';
import type { ConnectOrigin, OriginEndpoint } from './connect-origin.ts';
import type { Origin } from './origin.ts';
import { createSpareConnections } from './spare-connections.ts';

/** The kept connections to every origin. */
export interface OriginPools extends AsyncDisposable {
  get(endpoint: OriginEndpoint): Pool;
  /** Lets go of the connections to origins that are no longer configured, once their requests are done. */
  retain(origins: readonly Origin[]): void;
  /**
   * Lets go of every connection, once its requests are done, and makes as many idle ones as there were. Resolves when
   * the new ones are made.
   */
  renew(): Promise<void>;
}

export function createOriginPools(connect: ConnectOrigin, clock: Clock): OriginPools {
  const pools = new Map<string, OriginPool>();
  /** Their last requests are under way. */
  const retired = new Set<Pool>();
  function open(key: string, endpoint: OriginEndpoint): OriginPool {
    const opened = createPool(endpoint, connect, clock);
    pools.set(key, opened);
    return opened;
  }
  function letGo(key: string, { pool, spares }: OriginPool): void {
    pools.delete(key);
    retired.add(pool);
    spares.close();
    pool.close(() => retired.delete(pool));
  }
  return {
    get: (endpoint) => {
      const key = `${endpoint.scheme} ${endpoint.serverName} ${endpoint.origin.identity}`;
      return (pools.get(key) ?? open(key, endpoint)).pool;
    },
    retain: (origins) => {
      const wanted = new Set(origins.map(({ identity }) => identity));
      for (const [key, one] of pools) if (!wanted.has(one.endpoint.origin.identity)) letGo(key, one);
    },
    renew: async () => {
      await Promise.all(
        [...pools].map(([key, old]) => {
          const idle = old.pool.stats.free + old.spares.count();
          letGo(key, old);
          return idle > 0 ? open(key, old.endpoint).spares.make(idle) : undefined;
        }),
      );
    },
    [Symbol.asyncDispose]: async () => {
      for (const { spares } of pools.values()) spares.close();
      const all = [...retired, ...[...pools.values()].map(({ pool }) => pool)];
      await Promise.all(all.map((pool) => pool.destroy()));
      pools.clear();
    },
  };
}

type OriginPool = ReturnType<typeof createPool>;

function createPool(endpoint: OriginEndpoint, connect: ConnectOrigin, clock: Clock) {
  const { origin, scheme } = endpoint;
  const keepAliveWallMs = clock.ioTimeoutWallMs(origin.keepAliveMs);
  const spares = createSpareConnections(() => connect(endpoint), keepAliveWallMs);
  const pool = new Pool(`${scheme}://${origin.domainName}`, {
    connect: (_, callback) => {
      spares.take().then(
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
  return { pool, endpoint, spares };
}
