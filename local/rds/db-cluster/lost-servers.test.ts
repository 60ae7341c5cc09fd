import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { test } from 'vitest';
import { createTestNetwork } from '../test-network.ts';
import { startWriter } from '../test-plane.ts';
import { canMountVolumes } from '../volume.ts';
import type { DatabaseCluster } from './contract.ts';
import { lostOf, openTestCluster } from './test-cluster.ts';

test.concurrent('a writer that dies is replaced by the reader that has every acknowledged write, not by the one that lags', async ({
  expect,
}) => {
  await using cluster = await openTestCluster({ speed: 100, network: createTestNetwork() });
  const before = cluster.describe();
  const writer = await startedWriter();
  const [lagging] = readersOf(before);
  await freezeReceiver(pidOf(before, lagging));
  const frozenAt = writer.acknowledged.length;
  await expect.poll(() => writer.acknowledged.length, patient).toBeGreaterThan(frozenAt + 50);

  process.kill(pidOf(before, 'trio-instance-1'), 'SIGKILL');
  await cluster.reached(({ status }) => status === 'failing-over');
  const after = await cluster.reached(({ status }) => status === 'available');
  expect(after.members.find(({ role }) => role === 'writer')?.identifier).toBe('trio-instance-3');
  expect(cluster.stack.events).toContain('Started cross AZ failover to DB instance: trio-instance-3');
  const whole = await cluster.reached(({ readerAddresses }) => readerAddresses.length === 2);
  expect(whole.readerAddresses).not.toContain(whole.endpointAddress);
  const writtenAfter = writer.acknowledged.length;
  await expect.poll(() => writer.acknowledged.length, patient).toBeGreaterThan(writtenAfter + 20);
  expect(await lostOf(cluster, await writer.stop())).toEqual([]);

  async function startedWriter() {
    const client = await cluster.connect();
    await client.query('create table entries (key int)');
    await client.end();
    const started = startWriter(() => cluster.connect(), 'entries');
    await expect.poll(() => started.acknowledged.length, patient).toBeGreaterThan(20);
    return started;
  }
});

test.concurrent('when only the lagging reader is left, it is not promoted: the writer comes back with every write', async ({
  expect,
}) => {
  await using cluster = await openTestCluster({ speed: 100 });
  const before = cluster.describe();
  const client = await cluster.connect();
  await client.query('create table entries (key int)');
  const [lagging, other] = readersOf(before);
  await freezeReceiver(pidOf(before, lagging));
  await client.query('insert into entries select generate_series(1, 100)');

  process.kill(pidOf(before, other), 'SIGKILL');
  process.kill(pidOf(before, 'trio-instance-1'), 'SIGKILL');
  await cluster.reached(({ status }) => status === 'failing-over');
  await cluster.reached(({ status }) => status === 'available');
  expect(cluster.stack.events).toContain('Promoting previous primary again: trio-instance-1');
  expect(cluster.stack.events.join()).not.toContain('Started cross AZ failover');
  expect(cluster.describe().endpointAddress).toBe(before.endpointAddress);
  const keys = Array.from({ length: 100 }, (_, index) => index + 1);
  expect(await lostOf(cluster, keys)).toEqual([]);
  await cluster.reached(({ readerAddresses }) => readerAddresses.length === 2);
});

test.concurrent('a reader that dies leaves the reader endpoint and is made anew; the one that is left is enough for a failover', async ({
  expect,
}) => {
  await using cluster = await openTestCluster({ speed: 100 });
  const { plane } = cluster.stack;
  const before = cluster.describe();
  const client = await cluster.connect();
  await client.query('create table entries (key int)');
  const [first, second] = readersOf(before);
  process.kill(pidOf(before, first), 'SIGKILL');
  const without = await cluster.reached(({ readerAddresses }) => readerAddresses.length === 1);
  expect(without.readerAddresses).toEqual([addressOf(before, second)]);
  await client.query('insert into entries values (1)');
  await cluster.reached(({ readerAddresses }) => readerAddresses.length === 2);

  await plane.clusters.reboot('trio');
  expect(cluster.describe().status).toBe('rebooting');
  const rebooted = await cluster.reached(({ status }) => status === 'available');
  expect(rebooted).toMatchObject({ endpointAddress: before.endpointAddress, readerAddresses: { length: 2 } });

  process.kill(pidOf(rebooted, second), 'SIGKILL');
  const again = await cluster.connect();
  await again.query('insert into entries values (2)');
  process.kill(pidOf(rebooted, 'trio-instance-1'), 'SIGKILL');
  await cluster.reached(({ status }) => status === 'failing-over');
  await cluster.reached(({ status }) => status === 'available');
  await cluster.reached(({ readerAddresses }) => readerAddresses.length === 2);
  expect(await lostOf(cluster, [1, 2])).toEqual([]);
});

test.concurrent('a writer that stands still is found, fenced and replaced', async ({ expect }) => {
  await using cluster = await openTestCluster({ speed: 100 });
  const before = cluster.describe();
  const old = await cluster.connect();
  await old.query('create table entries (key int)');
  await old.query('insert into entries values (1)');
  await cluster.stack.plane.break('f', { plane: 'database', identifier: 'trio', effect: 'freeze-primary' });
  const refused = expect(old.query('insert into entries values (2)')).rejects.toThrow();
  await cluster.reached(({ status }) => status === 'failing-over');
  const after = await cluster.reached(({ status }) => status === 'available');
  await cluster.stack.plane.mend('f');
  await refused;
  expect(after.endpointAddress).not.toBe(before.endpointAddress);
  expect(await lostOf(cluster, [1])).toEqual([]);
  expect(await lostOf(cluster, [2])).toEqual([2]);
});

test.skipIf(!canMountVolumes(tmpdir()))(
  'a writer whose disk is full is replaced, and comes back as a reader with room',
  async ({ expect }) => {
    await using cluster = await openTestCluster({ speed: 100 });
    const before = cluster.describe();
    const client = await cluster.connect();
    await client.query('create table entries (key int)');
    await client.query('insert into entries values (1)');
    await cluster.stack.plane.break('f', fill);
    await cluster.reached(({ status }) => status === 'failing-over');
    const after = await cluster.reached(({ status }) => status === 'available');
    expect(after.endpointAddress).not.toBe(before.endpointAddress);
    await cluster.reached(({ readerAddresses }) => readerAddresses.length === 2);
    await cluster.stack.plane.mend('f');
    expect(await lostOf(cluster, [1])).toEqual([]);
  },
);

const fill = { plane: 'database', identifier: 'trio', effect: 'fill-primary-disk' } as const;
const patient = { timeout: 20_000 };

function readersOf({ members }: DatabaseCluster): readonly [string, string] {
  const [first, second] = members.filter(({ role }) => role === 'reader').map(({ identifier }) => identifier);
  if (first && second) return [first, second];
  throw new Error('Expected two readers');
}

function memberOf({ members }: DatabaseCluster, wanted: string) {
  const found = members.find(({ identifier }) => identifier === wanted);
  if (found) return found;
  throw new Error(`Expected a member "${wanted}"`);
}

function addressOf(cluster: DatabaseCluster, member: string): string {
  return memberOf(cluster, member).address;
}

function pidOf(cluster: DatabaseCluster, member: string): number {
  const pid = memberOf(cluster, member).server?.pid;
  if (pid === undefined) throw new Error(`Expected "${member}" to run`);
  return pid;
}

/** It has no more WAL from now on, though it lives and is read. */
async function freezeReceiver(postmaster: number): Promise<void> {
  const children = (await readFile(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8'))
    .trim()
    .split(' ');
  for (const child of children)
    if ((await readFile(`/proc/${child}/cmdline`, 'utf8')).includes('walreceiver'))
      return void process.kill(Number(child), 'SIGSTOP');
  throw new Error(`Expected a WAL receiver among the children of ${postmaster}`);
}
