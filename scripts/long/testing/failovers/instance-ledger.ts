import { checkBank } from '../../../../fixtures/ledger/check-bank.ts';
import type { LedgerVerdict } from '../../../../fixtures/ledger/check-ledger.ts';
import { checkLedger } from '../../../../fixtures/ledger/check-ledger.ts';
import { readFinally } from '../../../../fixtures/ledger/final-reads.ts';
import { readRowsBySql } from '../../../../fixtures/ledger/final-rows.ts';
import { checkLists } from '../../../../fixtures/ledger/lists/check-lists.ts';
import { startProcesses } from '../../../../fixtures/ledger/processes.ts';
import type { SqlTransactions } from '../../../../fixtures/ledger/sql-transactions.ts';
import { createSqlTransactions } from '../../../../fixtures/ledger/sql-transactions.ts';
import {
  balancesBySql,
  openAccounts,
  transactBySql,
  transferBySql,
} from '../../../../fixtures/ledger/sql-workloads.ts';
import type { Verdict } from '../../../../fixtures/ledger/verdict.ts';
import { createBank } from '../../../../fixtures/ledger/workloads/bank.ts';
import { createListAppend } from '../../../../fixtures/ledger/workloads/list-append.ts';
import { createRandom } from '../../../../local/base/random.ts';
import type { Acknowledged, AppendOfServer } from './acknowledging-servers.ts';
import { appendAndAsk } from './acknowledging-servers.ts';
import type { DatabaseSite } from './database-site.ts';
import type { Round } from './round.ts';

/** What clients wrote to one instance through all its rounds, and what became of it. */
export interface InstanceLedger {
  readonly appends: readonly Acknowledged[];
  /** Appends that were acknowledged so far. */
  readonly acknowledged: number;
  judge(rounds: readonly Round[]): Promise<InstanceVerdict>;
}

export interface InstanceVerdict {
  readonly keys: LedgerVerdict;
  readonly serializable: Verdict;
}

export interface InstanceLedgerOptions {
  readonly site: DatabaseSite;
  readonly identifier: string;
  readonly seed: number;
  /** What runs beside the appends, in serializable transactions. */
  readonly beside: 'lists' | 'bank';
}

/** Load that leaves a machine of two cores some room beside several instances. */
const appendsPerWallSecond = 25;
const transactionsPerWallSecond = 15;
const shareOfFreshConnections = 0.1;
const concurrency = 10;
const timeoutWallMs = 3000;
/** Before and after the rounds nobody measures, and a machine may be busy. */
const patientWallMs = 60_000;

export async function startInstanceLedger(options: InstanceLedgerOptions): Promise<InstanceLedger> {
  const { site, identifier } = options;
  const { signal } = new AbortController();
  await createTables(site, identifier);
  const connect = () => site.connect(identifier);
  const plain = createSqlTransactions({ connect, timeoutWallMs });
  const serializable = createSqlTransactions({
    connect,
    timeoutWallMs,
    mode: 'ISOLATION LEVEL SERIALIZABLE',
  });
  const prefix = `ledger-${identifier}`;
  const random = createRandom(options.seed);
  let written = 0;
  let acknowledged = 0;
  const appends = startProcesses({
    next: (process): AppendOfServer => ({ type: 'append', key: `${prefix}-${process}-${written++}` }),
    send: async (request, ended) => {
      await using fresh = createSqlTransactions({ connect, timeoutWallMs });
      // Some come back to the connection that they have, and some ask for the name each time.
      const sql = random.next() < shareOfFreshConnections ? fresh : plain;
      const answer = await appendAndAsk(sql, request, ended);
      if (answer.outcome === 'ok') acknowledged++;
      return answer;
    },
    concurrency,
    perWallSecond: appendsPerWallSecond,
    signal,
  });
  const beside = await (options.beside === 'lists' ? startLists : startMoney)(serializable, options, signal);
  return {
    get appends() {
      return appends.operations;
    },
    get acknowledged() {
      return acknowledged;
    },
    judge: async (rounds) => {
      const [operations, verdict] = await Promise.all([appends.stop(), beside()]);
      await using client = await site.connect(identifier, patientWallMs).then(disposable);
      const query = (text: string, values: unknown[]) => client.value.query<{ key: string }>(text, values);
      const rows = await readRowsBySql(query, { table: 'entries', prefix });
      await Promise.all([plain, serializable].map((each) => each[Symbol.asyncDispose]()));
      return { keys: checkLedger(operations, rows, questionOf(rounds)), serializable: verdict };
    },
  };
}

/** The first injury to the last recovery; rounds are many, and each one must have met writes. */
function questionOf(rounds: readonly Round[]) {
  return {
    fault: {
      startedAt: Math.min(...rounds.map(({ injected }) => injected.fromMs)),
      endedAt: Math.max(...rounds.map(({ redundantAtMs }) => redundantAtMs)),
    },
    least: { acknowledgedBefore: 10, attemptedDuring: 10 * rounds.length, acknowledgedAfter: 10 },
  };
}

type Judge = () => Promise<Verdict>;

async function startLists(
  sql: SqlTransactions,
  { seed, identifier }: InstanceLedgerOptions,
  signal: AbortSignal,
): Promise<Judge> {
  const workload = createListAppend({ seed, prefix: `lists-${identifier}`, activeKeys: 4 });
  const processes = startProcesses({
    next: () => workload.next(),
    send: (request, ended) => transactBySql(sql, request, ended),
    concurrency,
    perWallSecond: transactionsPerWallSecond,
    signal,
  });
  return async () => {
    const operations = await processes.stop();
    const finals = await readFinally({
      requests: workload.finals(),
      send: (request, ended) => transactBySql(sql, request, ended),
      process: concurrency,
      signal: AbortSignal.timeout(patientWallMs),
    });
    // PostgreSQL promises no strict serializability: time counts for each client alone.
    return checkLists([...operations, ...finals], {
      isolation: 'serializable',
      orders: 'process',
      finals: true,
    });
  };
}

async function startMoney(
  sql: SqlTransactions,
  { site, seed, identifier }: InstanceLedgerOptions,
  signal: AbortSignal,
): Promise<Judge> {
  const bank = createBank({ seed, prefix: `account-${identifier}` });
  await using patient = createSqlTransactions({
    connect: () => site.connect(identifier, patientWallMs),
    timeoutWallMs: patientWallMs,
  });
  await openAccounts(patient, bank.initial, signal);
  const processes = startProcesses({
    next: () => bank.next(),
    send: async (request, ended) =>
      request.type === 'balances' ? balancesBySql(sql, request, ended) : transferBySql(sql, request, ended),
    concurrency,
    perWallSecond: transactionsPerWallSecond,
    signal,
  });
  return async () => {
    const operations = await processes.stop();
    const finals = await readFinally({
      requests: [bank.final()],
      send: (request, ended) => balancesBySql(sql, request, ended),
      process: concurrency,
      signal: AbortSignal.timeout(patientWallMs),
    });
    return checkBank([...operations, ...finals], { initial: bank.initial, neverNegative: true });
  };
}

async function createTables(site: DatabaseSite, identifier: string): Promise<void> {
  await using client = await site.connect(identifier, patientWallMs).then(disposable);
  await client.value.query(`
    create table entries (key text not null);
    create table ledger_lists (key text primary key, elements integer[] not null);
    create table ledger_accounts (id text primary key, balance bigint not null)`);
}

function disposable<T extends { end(): Promise<void> }>(value: T): AsyncDisposable & { readonly value: T } {
  return { value, [Symbol.asyncDispose]: () => value.end() };
}
