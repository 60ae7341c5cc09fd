import { test } from 'vitest';
import { startWriter } from '../test-plane.ts';
import type { DatabaseCluster } from './contract.ts';
import type { TestCluster } from './test-cluster.ts';
import { lostOf, openTestCluster } from './test-cluster.ts';

test.concurrent('readers are read, refuse writes, and a forced failover keeps the reader endpoint to readers', async ({
  expect,
}) => {
  await using cluster = await openTestCluster({ speed: 100 });
  const before = cluster.describe();
  expect(before).toMatchObject({
    status: 'available',
    endpointAddress: before.members[0]?.address,
    members: [
      { role: 'writer', zone: 'us-east-1a' },
      { role: 'reader', zone: 'us-east-1b' },
      { role: 'reader', zone: 'us-east-1c' },
    ],
  });
  const old = await cluster.connect('writer');
  await old.query('create table entries (key int)');
  expect((await old.query('show synchronous_standby_names')).rows[0]).toEqual({
    synchronous_standby_names: 'ANY 1 ("reader_1", "reader_2")',
  });
  const writer = startWriter(() => cluster.connect(), 'entries');
  await expect.poll(() => writer.acknowledged.length, patient).toBeGreaterThan(20);
  for (const host of before.readerAddresses) {
    const reader = await cluster.connect('reader', { host });
    const count = async () =>
      (await reader.query('select count(*)::int as count from entries')).rows[0].count;
    await expect.poll(count, patient).toBeGreaterThan(20);
    await expect(reader.query('insert into entries values (-1)')).rejects.toMatchObject({ code: '25006' });
    await reader.end();
  }

  await cluster.stack.plane.clusters.failover('trio');
  expect(cluster.describe().status).toBe('failing-over');
  await expect(cluster.stack.plane.clusters.failover('trio')).rejects.toThrow(/expected status available/);
  const after = await cluster.reached(({ status }) => status === 'available');
  await expect(old.query('select 1')).rejects.toThrow();
  expect(writerOf(after)).not.toBe(writerOf(before));
  expect(after.readerAddresses).not.toContain(after.endpointAddress);
  const writtenAfter = writer.acknowledged.length;
  await expect.poll(() => writer.acknowledged.length, patient).toBeGreaterThan(writtenAfter + 20);
  const whole = await cluster.reached(({ readerAddresses }) => readerAddresses.length === 2);
  expect(whole.readerAddresses).not.toContain(whole.endpointAddress);
  expect(clusterEvents(cluster)).toEqual([
    'DB cluster created',
    `Started cross AZ failover to DB instance: ${writerOf(after)}`,
    `Completed failover to DB instance: ${writerOf(after)}`,
  ]);

  // The old writer is a reader again; chosen by name, it is the writer again.
  await cluster.stack.plane.clusters.failover('trio', { target: writerOf(before) });
  await cluster.reached(({ status }) => status === 'available');
  expect(writerOf(cluster.describe())).toBe(writerOf(before));
  expect(await lostOf(cluster, await writer.stop())).toEqual([]);
  await cluster.stack.plane.clusters.delete('trio');
  expect(cluster.stack.processes.size).toBe(0);
});

const patient = { timeout: 20_000 };

function writerOf({ members }: DatabaseCluster): string {
  return members.find(({ role }) => role === 'writer')?.identifier ?? '';
}

function clusterEvents({ stack }: TestCluster): readonly string[] {
  return stack.events.filter((message) => /cluster|failover|Promoting/.test(message));
}
