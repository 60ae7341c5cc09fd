import { test } from 'vitest';
import type { TestPlane } from './test-plane.ts';
import { openTestPlane } from './test-plane.ts';

test.concurrent('a stopped instance keeps its name, its data and its servers, and nobody listens', async ({
  expect,
}) => {
  await using stack = await openTestPlane({ speed: 1000 });
  const { plane } = stack;
  const before = await stack.create();
  const client = await stack.connect();
  await client.query('create table entries as select 1 as key');
  await plane.stop('db');
  expect(stack.describe().status).toBe('stopping');
  await expect(plane.reboot('db', { forceFailover: false })).rejects.toThrow('got stopping');
  await stack.reached(({ status }) => status === 'stopped');
  expect(stack.processes.size).toBe(0);
  expect(stack.describe()).toMatchObject({
    endpointAddress: before.endpointAddress,
    secondaryZone: before.secondaryZone,
  });
  await expect(client.query('select 1')).rejects.toThrow();
  await expect(stack.connect()).rejects.toThrow(/ECONNREFUSED/);
  await expect(plane.modify('db', { multiAz: false })).rejects.toThrow('got stopped');
  expect(await plane.modifyParameters('db', { max_connections: '42' })).toEqual({ pendingReboot: [] });

  await plane.start('db');
  await stack.reached(({ status }) => status === 'available');
  expect(stack.describe()).toMatchObject({ standby: { zone: 'us-east-1b' } });
  expect(await one(stack, "select key, current_setting('max_connections') as most from entries")).toEqual({
    key: 1,
    most: '42',
  });
  expect(stack.events.slice(1)).toEqual([
    'DB instance shutdown',
    'DB instance stopped',
    'DB instance restarted',
    'DB instance started',
  ]);

  // Seven days at this speed are ten minutes: what would start it is there, and deleting ends it.
  await plane.stop('db');
  await stack.reached(({ status }) => status === 'stopped');
  await plane.delete('db');
});

test.concurrent('the standby is taken away and made anew under load, and a class change is a failover that loses nothing', async ({
  expect,
}) => {
  await using stack = await openTestPlane({ speed: 100 });
  const { plane } = stack;
  const before = await stack.create();
  const client = await stack.connect();
  await client.query('create table entries (key int)');
  const writer = stack.write('entries');

  await plane.modify('db', { multiAz: false });
  expect(stack.describe()).toMatchObject({ status: 'available', multiAz: false });
  expect(stack.describe().standby).toBeUndefined();
  expect(stack.processes.size).toBe(1);
  await expect(plane.reboot('db', { forceFailover: true })).rejects.toThrow('expected a standby');

  const converting = plane.modify('db', { multiAz: true });
  expect(stack.describe().status).toBe('modifying');
  await converting;
  // Neither took the primary away: the first connection still stands.
  await client.query('select 1');
  expect(stack.describe()).toMatchObject({
    multiAz: true,
    primary: before.primary,
    standby: { zone: 'us-east-1b' },
  });

  await plane.modify('db', { instanceClass: 'db.m6g.xlarge' });
  await expect(client.query('select 1')).rejects.toThrow();
  expect(stack.describe()).toMatchObject({
    status: 'available',
    primary: { zone: 'us-east-1b' },
    standby: { zone: 'us-east-1a' },
  });
  expect(stack.events.slice(1)).toEqual([
    'Applying modification to convert to a standard (Single-AZ) DB Instance',
    'Finished applying modification to convert to a standard (Single-AZ) DB Instance',
    'Applying modification to convert to a Multi-AZ DB Instance',
    'Finished applying modification to convert to a Multi-AZ DB Instance',
    'Applying modification to database instance class',
    'Multi-AZ instance failover started.',
    'DB instance restarted',
    'Multi-AZ failover to standby complete - DNS propagation may take a few minutes',
    'Multi-AZ instance failover completed',
    'The RDS instance was modified by customer.',
    'Finished applying modification to DB instance class',
  ]);
  const acknowledged = await writer.stop();
  const reader = await stack.connect();
  const { rows } = await reader.query<{ key: number }>('select key from entries');
  await reader.end();
  const present = new Set(rows.map(({ key }) => key));
  expect(acknowledged.filter((key) => !present.has(key))).toEqual([]);
});

test.concurrent('an upgrade restarts both servers, with an outage, and the primary stays where it is', async ({
  expect,
}) => {
  await using stack = await openTestPlane({ speed: 100 });
  const before = await stack.create();
  const client = await stack.connect();
  const upgrading = stack.plane.modify('db', { engineVersion: '18.4' });
  expect(stack.describe().status).toBe('upgrading');
  await stack.reached(({ primary }) => primary === undefined);
  await expect(client.query('select 1')).rejects.toThrow();
  await expect(stack.connect()).rejects.toThrow(/ECONNREFUSED/);
  await upgrading;
  const after = stack.describe();
  expect(after).toMatchObject({ endpointAddress: before.endpointAddress, standby: { zone: 'us-east-1b' } });
  expect([after.primary?.pid, after.standby?.pid]).not.toContain(before.primary?.pid);
  expect(after.standby?.pid).not.toBe(before.standby?.pid);
  await stack.plane.reboot('db', { forceFailover: true });
  await stack.reached(({ status }) => status === 'available');
  expect(stack.events).toContain('Database instance patched');
});

async function one(stack: TestPlane, text: string): Promise<unknown> {
  const client = await stack.connect();
  try {
    return (await client.query(text)).rows[0];
  } finally {
    await client.end();
  }
}
