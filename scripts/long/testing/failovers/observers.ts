import { isAcknowledged } from '../../../../fixtures/failover/attempt.ts';
import type { Observed, ObserverOptions } from '../../../../fixtures/failover/observer.ts';
import { observeDatabase } from '../../../../fixtures/failover/start-observers.ts';
import { Inconclusive } from '../../../../fixtures/outcome.ts';
import type { DatabaseSite } from './database-site.ts';
import { databaseUser } from './database-site.ts';
import { intervalMs } from './outage-truth.ts';

export interface SiteObservers extends AsyncDisposable {
  /** Whether each has written something: what it does not see before an outage tells nothing of its begin. */
  readonly writing: boolean;
  /** All that they saw, by their names, and why their schedule was not kept, if it was not. */
  stop(): Promise<{ readonly seen: Readonly<Record<string, Observed>>; readonly trouble?: string }>;
}

/**
 * One that keeps its connection; and one that makes a new connection for each write, which costs so much CPU that one
 * instance of a site is all that is watched so.
 */
export function observeInstance(
  site: DatabaseSite,
  identifier: string,
  { newConnections }: { readonly newConnections: boolean },
): SiteObservers {
  const endpoint = site.endpointName(identifier);
  const { port, user, database, password } = databaseUser;
  const every = { address: 'each-time', intervalWallMs: intervalMs } as const;
  const watched: Readonly<Record<string, ObserverOptions>> = {
    kept: { over: 'kept-connection', ...every },
    ...(newConnections ? { fresh: { over: 'new-connections', calmEvery: 10, ...every } } : {}),
  };
  const observers = observeDatabase(
    {
      target: { dns: site.dns, ports: {}, trust: { web: '', database: site.caPem } },
      access: { endpoint, port, user, database, password, trust: site.caPem },
      speed: site.speed,
      timeoutWallMs: 2000,
    },
    watched,
  );
  return {
    get writing() {
      return Object.values(observers.seen).every(({ attempts }) => attempts.some(isAcknowledged));
    },
    stop: async () => {
      try {
        return { seen: await observers.stop() };
      } catch (error) {
        if (!(error instanceof Inconclusive)) throw error;
        return { seen: observers.seen, trouble: error.message };
      }
    },
    [Symbol.asyncDispose]: async () => {
      try {
        await observers[Symbol.asyncDispose]();
      } catch (error) {
        // It was told already, by `stop`.
        if (!(error instanceof Inconclusive)) throw error;
      }
    },
  };
}
