import type { DatabaseSite } from './database-site.ts';
import type { Round, Span } from './round.ts';

/**
 * What bounds an outage. It begins with the old primary's last moment, in which it could acknowledge a write, and ends
 * with the new one's first, in which a client that resolves the name afresh can write.
 */
export interface OutageByLogs {
  readonly lastMoment: Span;
  /** When PostgreSQL itself said that it is ready to accept connections. */
  readonly readyAtMs: number;
  /** When its entrance was open and the name led there, which is as soon as the plane has seen that it is ready. */
  readonly firstMomentAtMs: number;
}

export function outageByLogs(site: DatabaseSite, round: Round): OutageByLogs {
  return { lastMoment: lastMomentOf(site, round), ...firstMomentOf(site, round) };
}

/**
 * By the old server's own log, where it could still write one. A forced failover is an immediate shutdown, of which the
 * log tells the beginning, and its backends their ends. Of a SIGKILL only who sent it knows; backends that outlive
 * their postmaster say when they end. A frozen or killed server says nothing: the injury's own span is all there is.
 */
function lastMomentOf(site: DatabaseSite, { injury, old, injected }: Round): Span {
  if (injury === 'server killed' || injury === 'server frozen') return injected;
  const lines = site.logs.of(old.pid).filter(({ atMs }) => atMs >= injected.fromMs - logGrainMs);
  const last = Math.max(injected.toMs, ...lines.map(({ atMs }) => atMs + logGrainMs));
  if (injury === 'postmaster killed') return { fromMs: injected.fromMs, toMs: last };
  const shutdown = lines.find(({ message }) => message === 'received immediate shutdown request');
  return { fromMs: present(shutdown, 'the log of an immediate shutdown').atMs, toMs: last };
}

function firstMomentOf(
  site: DatabaseSite,
  { identifier, fresh }: Round,
): Pick<OutageByLogs, 'readyAtMs' | 'firstMomentAtMs'> {
  const ready = site.logs
    .of(fresh.pid)
    .findLast(({ message }) => message === 'database system is ready to accept connections');
  const moved = site.moves(identifier).findLast(({ address }) => address === fresh.address);
  return {
    readyAtMs: present(ready, 'a new primary that is ready').atMs,
    firstMomentAtMs: present(moved, "a move of the instance's name").atMs,
  };
}

/** PostgreSQL's `%m` cuts the fraction of a millisecond off. */
const logGrainMs = 1;

function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`Cannot tell an outage from the logs: expected ${what}, got none`);
  return value;
}
