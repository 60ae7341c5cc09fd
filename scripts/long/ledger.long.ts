import { RebootDBInstanceCommand } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ApplicationWorkloads } from '../../fixtures/ledger/application-workloads.ts';
import { createApplicationWorkloads } from '../../fixtures/ledger/application-workloads.ts';
import { checkBank } from '../../fixtures/ledger/check-bank.ts';
import { checkReads } from '../../fixtures/ledger/check-reads.ts';
import { readFinally } from '../../fixtures/ledger/final-reads.ts';
import type { ListQuestion } from '../../fixtures/ledger/lists/check-lists.ts';
import { checkLists } from '../../fixtures/ledger/lists/check-lists.ts';
import type { Transaction } from '../../fixtures/ledger/operation.ts';
import { startProcesses } from '../../fixtures/ledger/processes.ts';
import type { Query, SqlTransactions } from '../../fixtures/ledger/sql-transactions.ts';
import { createSqlTransactions } from '../../fixtures/ledger/sql-transactions.ts';
import {
  balancesBySql,
  openAccounts,
  readBySql,
  transactBySql,
  transferBySql,
} from '../../fixtures/ledger/sql-workloads.ts';
import { createAppendsAndReads } from '../../fixtures/ledger/workloads/appends-and-reads.ts';
import { createBank } from '../../fixtures/ledger/workloads/bank.ts';
import { createListAppend } from '../../fixtures/ledger/workloads/list-append.ts';
import type { TransactionRequest } from '../../fixtures/ledger/workloads/requests.ts';
import { freshPrefix } from '../../fixtures/ledger/writers.ts';
import type { Dialer } from '../../fixtures/probes/dialer.ts';
import { createDialer } from '../../fixtures/probes/dialer.ts';
import { createViewer } from '../../fixtures/probes/http.ts';
import { connectSql } from '../../fixtures/probes/sql.ts';
import type { Stack } from '../../provisioning/attach.ts';
import { attach } from '../../provisioning/attach.ts';
import { readDeployment } from '../../provisioning/deployment/read.ts';
import { until } from './testing/until.ts';
import type { Workplace } from './testing/workplace.ts';
import { openWorkplace } from './testing/workplace.ts';

const deployment = readDeployment('provisioning/deployments/artifacthub.yaml');
const identifier = deployment.database === 'none' ? '' : deployment.database.identifier;
const { signal } = new AbortController();
let place: Workplace;
let stack: Stack;
let dialer: Dialer;

beforeAll(async () => {
  place = openWorkplace();
  const up = await place.stormproof(['up']);
  expect(up.exitCode, up.stderr).toBe(0);
  stack = attach(place.stack('up'));
  dialer = createDialer(place.stack('up'));
});
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

test('REPEATABLE READ on a primary is snapshot isolation in real time, also across a failover', async () => {
  await using sql = sqlIn('REPEATABLE READ');
  const verdict = await listVerdict({
    send: (request, ended) => transactBySql(sql, request, ended),
    question: { isolation: 'snapshot-isolation', orders: 'realtime', finals: true },
    midway: async () => {
      await stack.aws.rds.send(
        new RebootDBInstanceCommand({ DBInstanceIdentifier: identifier, ForceFailover: true }),
      );
    },
  });
  expect(verdict.verdict, JSON.stringify(verdict.reasons)).toBe('pass');
});

test('READ COMMITTED keeps its promise, and that it is no more than that does not go unseen', async () => {
  await using sql = sqlIn('READ COMMITTED');
  const send = (request: TransactionRequest, ended: AbortSignal) => transactBySql(sql, request, ended);
  const own: ListQuestion = { isolation: 'read-committed', orders: 'realtime', finals: true };
  expect(await listVerdict({ send, question: own })).toMatchObject({ verdict: 'pass' });
  const skewed = await readSkew(sql);
  expect(checkLists(skewed, own)).toMatchObject({ verdict: 'pass' });
  const { verdict, findings } = checkLists(skewed, { ...own, isolation: 'snapshot-isolation' });
  expect(verdict).toBe('fail');
  expect(findings.map(({ name }) => name)).toContain('G-single');
});

test('money and lists through the application are as they should be', async () => {
  await using viewer = createViewer(dialer);
  const through = createApplicationWorkloads({
    request: (url, options) => viewer.request(url, options),
    baseUrl: `https://${deployment.domain.name}`,
    timeoutWallMs: 5000,
    isolation: 'REPEATABLE READ',
  });
  const verdict = await listVerdict({
    send: through.transact,
    question: { isolation: 'snapshot-isolation', orders: 'realtime', finals: true },
    perWallSecond: 40,
  });
  expect(verdict.verdict, JSON.stringify(verdict.reasons)).toBe('pass');
  await using sql = sqlIn('READ COMMITTED');
  expect(await bankVerdict(sql, through)).toMatchObject({ verdict: 'pass', findings: [] });
  expect(await bankVerdict(sql, undefined)).toMatchObject({ verdict: 'pass', findings: [] });
});

test('keys that were acknowledged are found', async () => {
  await using sql = sqlIn('READ COMMITTED');
  const { next } = createAppendsAndReads({ seed: 1, prefix: freshPrefix() });
  const processes = startProcesses({
    next,
    send: async (request, ended) =>
      request.type === 'read'
        ? readBySql(sql, request, ended)
        : {
            ...request,
            ...(await sql.run(
              (query) => query('INSERT INTO entries (key) VALUES ($1)', [request.key]),
              ended,
            )),
          },
    concurrency: 10,
    perWallSecond: 100,
    signal,
  });
  await until('enough operations', 30_000, async () => processes.operations.length > 300);
  const verdict = checkReads(await processes.stop(), { fresh: true });
  expect(verdict, JSON.stringify(verdict)).toMatchObject({ verdict: 'pass', staleness: { stale: 0 } });
});

function sqlIn(isolation: string): SqlTransactions {
  return createSqlTransactions({
    connect: () => connectSql(stack, dialer, 2000),
    timeoutWallMs: 3000,
    mode: `ISOLATION LEVEL ${isolation}`,
  });
}

interface ListRun {
  readonly send: (
    request: TransactionRequest,
    signal: AbortSignal,
  ) => Promise<Omit<Transaction, 'process' | 'invokedAt' | 'completedAt'>>;
  readonly question: ListQuestion;
  readonly midway?: () => Promise<void>;
  readonly perWallSecond?: number;
}

async function listVerdict({ send, question, midway, perWallSecond = 150 }: ListRun) {
  const workload = createListAppend({ seed: 7, prefix: freshPrefix(), activeKeys: 3 });
  const processes = startProcesses({
    next: () => workload.next(),
    send,
    concurrency: 30,
    perWallSecond,
    signal,
  });
  const acknowledged = () => processes.operations.filter(({ outcome }) => outcome === 'ok').length;
  await until('enough transactions', 60_000, async () => acknowledged() > 200);
  await midway?.();
  const before = acknowledged();
  await until('as many again', 120_000, async () => acknowledged() > before + 200);
  const operations = [...(await processes.stop())];
  const finals = await readFinally({
    requests: workload.finals(),
    send,
    process: 1000,
    signal: AbortSignal.timeout(60_000),
  });
  return checkLists([...operations, ...finals], question);
}

/** Two reads of one transaction, and between them another's commit to both lists; then a look at both. */
async function readSkew(sql: SqlTransactions): Promise<readonly Transaction[]> {
  const prefix = freshPrefix();
  const keys = [`${prefix}-1`, `${prefix}-2`];
  const reads: TransactionRequest = { type: 'transaction', steps: keys.map((key) => ['read', key, null]) };
  const appends: TransactionRequest = { type: 'transaction', steps: keys.map((key) => ['append', key, 1]) };
  const done: Transaction[] = [];
  const transact = async (by: Pick<SqlTransactions, 'run'>, request: TransactionRequest, process: number) => {
    const invokedAt = performance.now();
    const answer = await transactBySql(by, request, signal);
    done.push({ ...answer, process, invokedAt, completedAt: performance.now() });
  };
  const interrupted: Pick<SqlTransactions, 'run'> = {
    run: (work, ended) =>
      sql.run((query) => work(interruptedBy(query, () => transact(sql, appends, 1))), ended),
  };
  await transact(interrupted, reads, 0);
  await transact(sql, reads, 2);
  return done.map((transaction) => ({ ...transaction, final: transaction.process === 2 }));
}

function interruptedBy(query: Query, between: () => Promise<void>): Query {
  let queries = 0;
  return async (text, values) => {
    if (++queries === 2) await between();
    return query(text, values);
  };
}

async function bankVerdict(sql: SqlTransactions, through: ApplicationWorkloads | undefined) {
  const bank = createBank({ seed: 3, prefix: freshPrefix() });
  await openAccounts(sql, bank.initial, signal);
  const look = through?.balances ?? ((request, ended) => balancesBySql(sql, request, ended));
  const transfer = through?.transfer ?? ((request, ended) => transferBySql(sql, request, ended));
  const processes = startProcesses({
    next: () => bank.next(),
    send: async (request, ended) =>
      request.type === 'balances' ? look(request, ended) : transfer(request, ended),
    concurrency: 10,
    perWallSecond: 40,
    signal,
  });
  await until('enough transfers', 60_000, async () => processes.operations.length > 150);
  const operations = [...(await processes.stop())];
  const final = { ...(await look(bank.final(), signal)), process: 10, invokedAt: 0, completedAt: 0 };
  return checkBank([...operations, final], { initial: bank.initial, neverNegative: true });
}
