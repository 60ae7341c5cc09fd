import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDeployment } from '../../provisioning/deployment/read.ts';
import { inRepository } from '../repository.ts';
import { foreignClientByName } from './testing/by-name.ts';
import { foreignClient } from './testing/foreign-client.ts';
import type { Repeated } from './testing/repeat.ts';
import { repeat } from './testing/repeat.ts';
import { until } from './testing/until.ts';
import type { Workplace } from './testing/workplace.ts';
import { openWorkplace } from './testing/workplace.ts';

const deployment = readDeployment(inRepository('provisioning/deployments/artifacthub.yaml'));
const identifier = deployment.database === 'none' ? '' : deployment.database.identifier;
let place: Workplace;
let environment: Record<string, string> = {};

beforeAll(async () => {
  place = openWorkplace();
  const up = await place.stormproof(['up']);
  expect(up.exitCode, up.stderr).toBe(0);
  // The name alone is to tell where the database is.
  const { PGHOSTADDR: _, ...rest } = JSON.parse((await place.stormproof(['env', '--json'])).stdout);
  environment = { ...rest, PGCONNECT_TIMEOUT: '3' };
});
afterAll(() => place[Symbol.asyncDispose]());

test('pgbench and psql come through a failover that boto3 forces, by name and verified: what they were told is there, once', {
  timeout: 600_000,
}, async (context) => {
  const boto3 = await boto3Script('force_failover.py', context);
  const psql = byName('psql', context);
  const pgbench = byName('pgbench', context);
  await psql('-qc', 'create table psql_keys (key int not null)');
  await pgbench('--initialize', '--quiet');
  const runs = [
    repeat(() => pgbench('--connect', ...pgbenchRun('connect'))),
    repeat(() => pgbench(...pgbenchRun('kept'))),
  ];
  const inserts = repeat((key) => psql('-qc', `insert into psql_keys values (${key})`));
  const all = [...runs, inserts];
  await until('work by all', 60_000, () => all.every(({ done }) => done.length >= 2));
  const failover = JSON.parse(await boto3(identifier));
  const counts = all.map(({ done }) => done.length);
  await until('work by all', 120_000, () =>
    all.every(({ done }, at) => done.length >= (counts[at] ?? 0) + 2),
  );
  await Promise.all(all.map(({ stop }) => stop()));

  expect(failover).toMatchObject({
    accepted: 'rebooting',
    status: 'available',
    after: { primary: failover.before.standby, standby: failover.before.primary },
  });
  expect(failover.events.map(({ message }: { message: string }) => message)).toEqual([
    'Multi-AZ instance failover started.',
    'Multi-AZ failover to standby complete - DNS propagation may take a few minutes',
    'Multi-AZ instance failover completed',
    'The user requested a failover of the DB instance.',
  ]);
  for (const { failed } of all) expect(failed.length).toBeGreaterThan(0);
  await expectKeys(psql, inserts);
  await expectBalanced(psql);
});

test("boto3 gets RDS's own errors for bad calls", { timeout: 300_000 }, async (context) => {
  const boto3 = await boto3Script('bad_calls.py', context);
  expect(JSON.parse(await boto3(identifier))).toEqual({
    'describe an absent instance': ['DBInstanceNotFoundFault', 'DBInstanceNotFound', 404],
    'fail over an absent instance': ['DBInstanceNotFoundFault', 'DBInstanceNotFound', 404],
    'create what exists': ['DBInstanceAlreadyExistsFault', 'DBInstanceAlreadyExists', 400],
    'create Multi-AZ in one zone': ['ClientError', 'InvalidParameterCombination', 400],
    'create with a short password': ['ClientError', 'InvalidParameterValue', 400],
    'create in an absent parameter group': ['DBParameterGroupNotFoundFault', 'DBParameterGroupNotFound', 404],
    'describe an absent parameter group': ['DBParameterGroupNotFoundFault', 'DBParameterGroupNotFound', 404],
    'describe too few': ['ClientError', 'InvalidParameterValue', 400],
    'delete without a word on the snapshot': ['ClientError', 'InvalidParameterCombination', 400],
    'fail over while rebooting': ['InvalidDBInstanceStateFault', 'InvalidDBInstanceState', 400],
  });
});

type Client = (...args: readonly string[]) => Promise<string>;

function byName(name: string, context: TestContext): Client {
  return foreignClientByName(name, context, {
    dns: place.stack('up').dns,
    directory: place.path,
    environment,
  });
}

async function boto3Script(script: string, context: TestContext): Promise<Client> {
  const python = foreignClient('python3', context, environment);
  await python('-c', 'import boto3').catch(() => context.skip('boto3 is not installed on this machine'));
  return (...args) => python(inRepository(`scripts/long/testing/boto3/${script}`), ...args);
}

/** Short runs, each with a log of its transactions: one whose connection ends is aborted, and the next one begins. */
function pgbenchRun(name: string): readonly string[] {
  const log = join(place.path, `pgbench-${name}`);
  return ['--client=2', '--no-vacuum', '--time=2', '--rate=40', '--log', `--log-prefix=${log}`];
}

async function expectKeys(psql: Client, { done, failed }: Repeated): Promise<void> {
  const keys = (await psql('-Atc', 'select key from psql_keys order by key')).trim().split('\n').map(Number);
  expect(new Set(keys).size).toBe(keys.length);
  const present = new Set(keys);
  expect(done.filter((key) => !present.has(key))).toEqual([]);
  const attempted = new Set([...done, ...failed]);
  expect(keys.filter((key) => !attempted.has(key))).toEqual([]);
}

/** TPC-B's own consistency, and a row of history for each transaction that a log of pgbench's acknowledges. */
async function expectBalanced(psql: Client): Promise<void> {
  const sums = await psql(
    '-Atc',
    `select (select sum(abalance) from pgbench_accounts), (select sum(tbalance) from pgbench_tellers),
       (select sum(bbalance) from pgbench_branches), (select sum(delta) from pgbench_history),
       (select count(*) from pgbench_history)`,
  );
  const [accounts, ...rest] = sums.trim().split('|').map(Number);
  const history = rest.pop() ?? 0;
  expect(rest).toEqual([accounts, accounts, accounts]);
  const files = globSync(join(place.path, 'pgbench-*'));
  const lines = files.flatMap((file) => readFileSync(file, 'utf8').trim().split('\n')).filter(Boolean);
  expect(lines.length).toBeGreaterThan(100);
  expect(history).toBeGreaterThanOrEqual(lines.length);
  // What was under way when a run was aborted may have committed: one transaction a client, two clients a run.
  expect(history - lines.length).toBeLessThanOrEqual(2 * files.length);
}
