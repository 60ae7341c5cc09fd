import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { test } from 'vitest';
import { createTestNetwork } from './test-network.ts';
import type { TestPlane } from './test-plane.ts';
import { openTestPlane } from './test-plane.ts';

test.concurrent('a frozen primary is found, fenced and replaced; thawed in time it goes on', async ({
  expect,
}) => {
  await using stack = await openTestPlane({ speed: 100, network: createTestNetwork() });
  const { plane } = stack;
  const before = await stack.create();
  const old = await stack.connect();
  await old.query('create table entries (key int)');
  const writer = stack.write('entries');
  await expect.poll(() => writer.acknowledged.length, patient).toBeGreaterThan(20);

  await plane.break('a', freeze);
  await plane.break('a', freeze);
  const sent = old.query('insert into entries values (-1)');
  await expect(stack.connect({ connectionTimeoutMillis: 300 })).rejects.toThrow(/timeout/);
  await plane.mend('a');
  await plane.mend('a');
  await sent;
  expect(stack.describe()).toEqual(before);

  await plane.break('b', freeze);
  const refused = expect(old.query('insert into entries values (-2)')).rejects.toThrow();
  const children = await childrenOf(before.primary?.pid);
  expect(children.length).toBeGreaterThan(5);
  const after = await stack.reached(({ primary }) => primary !== undefined && primary.pid !== pidOf(before));
  expect(await alive([pidOf(before), ...children])).toEqual([]);
  await plane.mend('b');
  await refused;
  expect(after.primary?.zone).toBe('us-east-1b');
  await stack.reached(({ status, standby }) => status === 'available' && standby !== undefined);
  expect(stack.events).toEqual([
    'DB instance created',
    ...failoverEvents,
    'The RDS Multi-AZ primary instance is busy and unresponsive.',
  ]);
  expect(await missing(stack, [-1, ...(await writer.stop())])).toEqual([]);
  expect(await missing(stack, [-2])).toEqual([-2]);
  // What was held for the frozen processes was let go: two postmasters are left.
  expect(stack.processes.size).toBe(2);
});

test.concurrent('a killed primary is replaced by a standby that was cut off with it: it has every acknowledged write', async ({
  expect,
}) => {
  const network = createTestNetwork();
  await using stack = await openTestPlane({ speed: 100, network });
  const { plane } = stack;
  await expect(plane.break('x', kill)).rejects.toThrow('Cannot find a DB instance named "db"');
  const before = await stack.create();
  const client = await stack.connect();
  await client.query('create table entries (key int)');
  const writer = stack.write('entries');
  await expect.poll(() => writer.acknowledged.length, patient).toBeGreaterThan(20);

  network.cut('primary-to-standby');
  const children = await childrenOf(before.primary?.pid);
  await plane.break('x', kill);
  // The kernel still tears the last one down when it has let go of its memory, and can do nothing any more.
  await expect.poll(() => alive([pidOf(before), ...children]), patient).toEqual([]);
  await expect(stack.connect()).rejects.toThrow(/ECONNREFUSED/);
  network.heal('primary-to-standby');
  const after = await stack.reached(({ status, primary }) => status === 'available' && primary !== undefined);
  expect(after.primary?.pid).toBe(before.standby?.pid);
  expect(stack.events.slice(1)).toEqual([
    ...failoverEvents,
    'The primary host of the RDS Multi-AZ instance is unhealthy.',
  ]);
  await plane.break('x', kill);
  await plane.mend('x');
  expect(stack.describe().primary?.pid).toBe(after.primary?.pid);
  expect(await missing(stack, await writer.stop())).toEqual([]);
});

test.concurrent('a standby that is cut off is given up before a write goes on without it, and never promoted', async ({
  expect,
}) => {
  const network = createTestNetwork();
  await using stack = await openTestPlane({ speed: 100, network });
  const { plane } = stack;
  const before = await stack.create();
  const client = await stack.connect();
  await client.query('create table entries (key int)');

  network.cut('primary-to-standby');
  await client.query('insert into entries values (1)');
  expect(stack.describe().standby).toBeUndefined();
  await plane.break('k', kill);
  await stack.reached(({ status }) => status === 'rebooting');
  const after = await stack.reached(({ status }) => status === 'available');
  expect(after.primary?.address).toBe(before.primary?.address);
  expect(stack.events.slice(-3)).toEqual(recoveredInItsZone);
  expect(await missing(stack, [1])).toEqual([]);
  await expect(plane.reboot('db', { forceFailover: true })).rejects.toThrow(/expected a standby/);

  network.heal('primary-to-standby');
  await stack.reached(({ standby }) => standby !== undefined);
  await plane.reboot('db', { forceFailover: true });
  await stack.reached(({ primary }) => primary === undefined);
  await expect(stack.connect()).rejects.toThrow(/ECONNREFUSED/);
  await stack.reached(({ status }) => status === 'available');
  expect(stack.describe().primary?.zone).toBe('us-east-1b');
  expect(await missing(stack, [1])).toEqual([]);
});

test.concurrent('a failover that is asked for too soon after another comes to nothing, and says so', async ({
  expect,
}) => {
  const network = createTestNetwork();
  await using stack = await openTestPlane({ speed: 100, network });
  const { plane } = stack;
  await stack.create();
  await plane.reboot('db', { forceFailover: true });
  await stack.reached(({ primary }) => primary === undefined);
  // So that it gets no other standby.
  network.cut('primary-to-standby');
  const { primary } = await stack.reached(({ status }) => status === 'available');
  await plane.reboot('db', { forceFailover: true });
  expect(stack.describe()).toMatchObject({ status: 'available', primary });
  expect(stack.events.at(-1)).toMatch(/^Abandoning user requested failover/);
});

const recoveredInItsZone = [
  'Recovery of the DB instance is complete.',
  'Multi-AZ instance activation started.',
  'Multi-AZ instance activation completed.',
];
const freeze = { plane: 'database', identifier: 'db', effect: 'freeze-primary' } as const;
const kill = { plane: 'database', identifier: 'db', effect: 'kill-primary' } as const;
const patient = { timeout: 10_000 };
const failoverEvents = [
  'Multi-AZ instance failover started.',
  'DB instance restarted',
  'Multi-AZ failover to standby complete - DNS propagation may take a few minutes',
  'Multi-AZ instance failover completed',
];

function pidOf(instance: { readonly primary?: { readonly pid: number } }): number {
  if (!instance.primary) throw new Error('Expected a primary that runs');
  return instance.primary.pid;
}

async function missing(stack: TestPlane, keys: readonly number[]): Promise<readonly number[]> {
  const client: pg.Client = await stack.connect();
  const { rows } = await client.query<{ key: number }>('select key from entries');
  await client.end();
  const present = new Set(rows.map(({ key }) => key));
  return keys.filter((key) => !present.has(key));
}

async function childrenOf(pid: number | undefined): Promise<readonly number[]> {
  return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').map(Number);
}

/** A process that was killed is a corpse until its parent, or who has taken its children over, buries it. */
async function alive(pids: readonly number[]): Promise<readonly number[]> {
  const states = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '0 (gone) X')),
  );
  return pids.filter((_, index) => !/\) [ZX]/.test(states[index] ?? ''));
}
