import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import type { Append } from '../../../../fixtures/ledger/operation.ts';
import type { Processes } from '../../../../fixtures/ledger/processes.ts';
import { startProcesses } from '../../../../fixtures/ledger/processes.ts';
import type { SqlConnection } from '../../../../fixtures/ledger/sql-transactions.ts';
import { createSqlTransactions } from '../../../../fixtures/ledger/sql-transactions.ts';
import type { Random } from '../../../../local/base/random.ts';
import { createRandom } from '../../../../local/base/random.ts';
import type { Server } from './generations.ts';

export interface ClientsOptions {
  readonly seed: number;
  /** By the endpoint name, or to one server. */
  connect(to: { readonly host?: string; readonly port?: number }): Promise<pg.Client>;
}

/** What a writer was told, and by whom. */
export interface Write extends Append {
  readonly server?: Server;
  readonly commitBeganAt?: number;
}

export interface Clients {
  /** From now on there are clients that know this address, and never let go of it. May be called twice. */
  meet(address: string): void;
  readonly writes: () => readonly Write[];
  /** What is still under way is then indeterminate. */
  stop(): Promise<readonly Write[]>;
}

/**
 * Writers that go by the name, as applications do; and for each server that there ever was, by the relay and past it,
 * writers whose connections stay, however long an answer takes, some with a transaction that they commit much later,
 * and writers that come anew each time.
 */
export function startClients({ seed, connect }: ClientsOptions): Clients {
  const random = createRandom(seed);
  const stopping = new AbortController();
  const met = new Set<string>();
  const groups: Processes<{ readonly key: string }, Answer>[] = [];
  const start = (name: string, group: Omit<GroupOptions, 'random' | 'signal' | 'name'>): void => {
    groups.push(startGroup({ ...group, name, random, signal: stopping.signal }));
  };
  const writes = (): readonly Write[] =>
    groups.flatMap(({ operations }) => operations.map((write) => ({ ...write, type: 'append' as const })));
  start('name', { connect: () => connect({}), concurrency: 8, perWallSecond: 30, timeoutWallMs: 4000 });
  return {
    meet: (host) => {
      if (met.has(host)) return;
      met.add(host);
      for (const port of ports) {
        const there = () => connect({ host, port });
        const name = `${host}:${port}`;
        start(`stays-${name}`, { connect: there, concurrency: 5, perWallSecond: 8, lingers: true });
        start(`comes-${name}`, { connect: there, concurrency: 2, perWallSecond: 1, anew: true });
      }
    },
    writes,
    stop: async () => {
      await Promise.all(groups.slice(0, 1).map((group) => group.stop()));
      stopping.abort(new Error('the schedule is over'));
      await Promise.all(groups.map((group) => group.stop()));
      return writes();
    },
  };
}

/** The instance's, and the one at which servers listen behind it (`local/rds/README.md`). */
const ports = [5432, 1100];

interface GroupOptions {
  readonly name: string;
  readonly connect: () => Promise<pg.Client>;
  readonly concurrency: number;
  readonly perWallSecond: number;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly timeoutWallMs?: number;
  /** Some transactions stay open for a while. */
  readonly lingers?: boolean;
  /** Each write on a connection of its own. */
  readonly anew?: boolean;
}

type Answer = Omit<Write, 'type' | 'process' | 'invokedAt' | 'completedAt'>;

function startGroup(options: GroupOptions): Processes<{ readonly key: string }, Answer> {
  const { name, concurrency, perWallSecond, signal, anew } = options;
  const shared = transactionsOf(options);
  let sequence = 0;
  return startProcesses({
    next: () => ({ key: `${name}-${++sequence}` }),
    send: async ({ key }, ended) => {
      if (!anew) return write(key, shared, options, ended);
      await using own = transactionsOf(options);
      return await write(key, own, options, ended);
    },
    concurrency,
    perWallSecond,
    signal,
  });
}

type Transactions = ReturnType<typeof createSqlTransactions>;

function transactionsOf({ connect, timeoutWallMs = foreverWallMs }: GroupOptions): Transactions {
  return createSqlTransactions({ connect: async () => asConnection(await connect()), timeoutWallMs });
}

const foreverWallMs = 600_000;

/** `end` would wait for a server that stands still. */
function asConnection(client: pg.Client): SqlConnection {
  return {
    query: (text, values) => client.query(text, values),
    end: async () => {
      const { connection } = client as unknown as { connection: { stream: { destroy(): void } } };
      connection.stream.destroy();
    },
  };
}

async function write(
  key: string,
  { run }: Transactions,
  { lingers, random }: GroupOptions,
  signal: AbortSignal,
): Promise<Answer> {
  const lingersMs = lingers && random.next() < 0.2 ? random.below(4000) : 0;
  const { result, ...attempt } = await run(async (query) => {
    const { rows } = await query(insert, [key]);
    if (lingersMs > 0) await wait(lingersMs, undefined, { signal });
    return { server: rows?.[0] as unknown as Server, commitBeganAt: now() };
  }, signal);
  return { key, ...attempt, ...result };
}

const insert = `
  insert into entries (key) values ($1)
  returning host(inet_server_addr()) as address, pg_postmaster_start_time()::text as "startedAt",
    substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) as timeline`;

/** The clock of the ledger's processes. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
