import { test } from 'vitest';
import type { TestPlane } from './test-plane.ts';
import { openTestPlane } from './test-plane.ts';

test.concurrent('an instance takes TLS connections to its own name alone, and its master is no superuser', async ({
  expect,
}) => {
  await using stack = await openTestPlane({ speed: 100 });
  const instance = await stack.create({ work_mem: '8MB' });
  expect(instance).toMatchObject({
    status: 'available',
    endpointAddress: instance.primary?.address,
    primary: { zone: 'us-east-1a' },
    standby: { zone: 'us-east-1b' },
    secondaryZone: 'us-east-1b',
  });

  const client = await stack.connect();
  expect(
    await one(
      stack,
      `select (select ssl from pg_stat_ssl where pid = pg_backend_pid()) as tls, rolsuper, rolcreatedb, rolcreaterole,
         pg_has_role('hub', 'rds_superuser', 'member') as member, current_setting('work_mem') as work_mem,
         current_setting('fsync') as fsync, current_setting('synchronous_commit') as synchronous_commit,
         host(inet_server_addr()) as address
       from pg_roles where rolname = current_user`,
    ),
  ).toEqual({
    tls: true,
    rolsuper: false,
    rolcreatedb: true,
    rolcreaterole: true,
    member: true,
    work_mem: '8MB',
    fsync: 'on',
    synchronous_commit: 'on',
    address: instance.endpointAddress,
  });
  await client.end();

  await expect(stack.connect({ ssl: false })).rejects.toThrow(/no pg_hba.conf entry .* no encryption/);
  await expect(stack.connect({ ssl: { servername: 'db.rds.example' } })).rejects.toThrow(/certificate/);
  await expect(stack.connect({ user: 'rdsadmin' })).rejects.toThrow(/pg_hba.conf rejects/);
  await expect(stack.connect({ password: 'wrong' })).rejects.toThrow(/password authentication failed/);
  await expect(stack.connect({ host: instance.standby?.address })).rejects.toThrow(
    /not accepting connections/,
  );
});

test.concurrent('parameters act at once or wait for a reboot, and bad ones are refused; a password changes at once', async ({
  expect,
}) => {
  await using stack = await openTestPlane({ speed: 100 });
  await stack.create();
  const { plane } = stack;
  await expect(plane.modifyParameters('db', { fsync: 'off' })).rejects.toThrow('"fsync" is not modifiable');
  await expect(plane.modifyParameters('db', { work_mem: 'plenty' })).rejects.toThrow(/work_mem/);
  expect(await plane.modifyParameters('db', { 'rds.force_ssl': '0', max_connections: '42' })).toEqual({
    pendingReboot: ['max_connections'],
  });
  await expect.poll(() => plainConnection(stack), patient).toBe('connected');
  expect(await one(stack, 'show max_connections')).toEqual({ max_connections: '100' });

  const standing = await stack.connect();
  await plane.setMasterPassword('db', "new'secret");
  await standing.query('select 1');
  await expect(stack.connect()).rejects.toThrow(/password authentication failed/);
  await (await stack.connect({ password: "new'secret" })).end();
  await plane.setMasterPassword('db', "it's secret");

  await plane.reboot('db', { forceFailover: false });
  expect(stack.describe().status).toBe('rebooting');
  await expect(plane.reboot('db', { forceFailover: false })).rejects.toThrow(/expected status available/);
  await stack.reached(({ status }) => status === 'available');
  expect(await one(stack, 'show max_connections')).toEqual({ max_connections: '42' });
  expect(stack.describe()).toMatchObject({
    primary: { zone: 'us-east-1a' },
    standby: { zone: 'us-east-1b' },
  });
  expect(stack.events.slice(1)).toEqual(['DB instance shutdown', 'DB instance restarted']);

  await plane.delete('db');
  expect(stack.processes.size).toBe(0);
  expect(() => plane.describe('db')).toThrow('Cannot find a DB instance named "db"');
});

test.concurrent('a forced failover loses no acknowledged write, fences the old primary and makes a new standby', async ({
  expect,
}) => {
  await using stack = await openTestPlane({ speed: 100 });
  const before = await stack.create();
  const old = await stack.connect();
  await old.query('create table entries (key int)');
  const writer = stack.write('entries');
  await expect.poll(() => writer.acknowledged.length, patient).toBeGreaterThan(20);

  await stack.plane.reboot('db', { forceFailover: true });
  await stack.reached(({ primary }) => primary === undefined);
  await expect(old.query('insert into entries values (-1)')).rejects.toThrow();
  await expect(stack.connect()).rejects.toThrow(/ECONNREFUSED/);

  const after = await stack.reached(({ status }) => status === 'available');
  expect(after).toMatchObject({
    endpointAddress: before.standby?.address,
    primary: { zone: 'us-east-1b', pid: before.standby?.pid },
    secondaryZone: undefined,
  });
  expect(after.standby).toBeUndefined();
  expect(stack.events).toEqual(['DB instance created', ...failoverEvents, requestedEvent]);
  const writtenAfter = writer.acknowledged.length;
  await expect.poll(() => writer.acknowledged.length, patient).toBeGreaterThan(writtenAfter + 20);

  const rebuilt = await stack.reached(({ standby }) => standby !== undefined);
  expect(rebuilt).toMatchObject({ standby: { zone: 'us-east-1a' }, secondaryZone: 'us-east-1a' });
  await stack.plane.reboot('db', { forceFailover: true });
  await stack.reached(({ status }) => status === 'available');
  expect(stack.describe().primary?.zone).toBe('us-east-1a');
  expect(await lostOf(stack, await writer.stop())).toEqual([]);
});

test.concurrent('a standby that dies holds up no commit for long; a primary that dies is replaced by itself', async ({
  expect,
}) => {
  await using stack = await openTestPlane({ speed: 100 });
  const { standby } = await stack.create();
  const client = await stack.connect();
  await client.query('create table entries (key int)');
  const writer = stack.write('entries');
  process.kill(standby?.pid ?? 0, 'SIGKILL');
  await stack.reached((instance) => instance.standby === undefined);
  await client.query('insert into entries values (-1)');
  const { primary } = await stack.reached((instance) => instance.standby !== undefined);

  process.kill(primary?.pid ?? 0, 'SIGKILL');
  const after = await stack.reached(
    ({ status, primary: now }) => status === 'available' && now !== undefined && now.pid !== primary?.pid,
  );
  expect(after.primary?.zone).toBe('us-east-1b');
  expect(stack.events).toEqual(['DB instance created', ...failoverEvents, unhealthyEvent]);

  // A standby that dies in the failover: the old primary comes back.
  await stack.reached((instance) => instance.standby !== undefined);
  await stack.plane.reboot('db', { forceFailover: true });
  const fenced = await stack.reached((instance) => instance.primary === undefined);
  process.kill(fenced.standby?.pid ?? 0, 'SIGKILL');
  await stack.reached(({ status }) => status === 'available');
  expect(stack.describe().endpointAddress).toBe(after.endpointAddress);
  expect(stack.events.at(-1)).toBe('Recovered from partial failover.');
  expect(await lostOf(stack, await writer.stop())).toEqual([]);

  // No standby yet: the primary's own host recovers.
  process.kill(stack.describe().primary?.pid ?? 0, 'SIGKILL');
  await stack.reached(({ status }) => status === 'rebooting');
  const recovered = await stack.reached(({ status }) => status === 'available');
  expect(recovered.primary?.address).toBe(after.primary?.address);
  expect(stack.events.slice(-3)).toEqual([
    'Recovery of the DB instance is complete.',
    'Multi-AZ instance activation started.',
    'Multi-AZ instance activation completed.',
  ]);
});

test.concurrent('the defects are what they say', async ({ expect }) => {
  await using stack = await openTestPlane({ speed: 100 });
  const { plane } = stack;
  await stack.create();
  const client = await stack.connect();
  await client.query('create table entries (key int)');

  await plane.setDefect('db', 'asynchronous-standby', true);
  const writer = stack.write('entries');
  await failOver(stack);
  expect((await lostOf(stack, await writer.stop())).length).toBeGreaterThan(0);
  await plane.setDefect('db', 'asynchronous-standby', false);
  await stack.reached(({ standby }) => standby !== undefined);

  await plane.setDefect('db', 'old-primary-not-fenced', true);
  const old = await stack.connect();
  await failOver(stack);
  const written = await old.query('insert into entries values (-2) returning pg_is_in_recovery() as standby');
  expect(written.rows).toEqual([{ standby: false }]);
  expect(await one(stack, 'select count(*)::int from entries where key = -2')).toEqual({ count: 0 });
  await plane.setDefect('db', 'old-primary-not-fenced', false);
  await expect(old.query('select 1')).rejects.toThrow();
  await stack.reached(({ standby }) => standby !== undefined);

  await plane.setDefect('db', 'old-primary-keeps-sessions', true);
  const kept = await stack.connect();
  const { primary } = await stack.reached(({ status }) => status === 'available');
  await failOver(stack);
  await kept.query('insert into entries values (-3)');
  expect(await one(stack, 'select count(*)::int from entries where key = -3')).toEqual({ count: 0 });
  await expect(stack.connect({ host: primary?.address })).rejects.toThrow('pg_hba.conf');
  await plane.setDefect('db', 'old-primary-keeps-sessions', false);
  await expect(kept.query('select 1')).rejects.toThrow();
  await stack.reached(({ standby }) => standby !== undefined);

  await plane.setDefect('db', 'commits-before-durable', true);
  expect(await lostByKill(stack)).not.toEqual([]);
  await plane.setDefect('db', 'commits-before-durable', false);
  expect(await lostByKill(stack)).toEqual([]);
  await plane.modifyParameters('db', { synchronous_commit: 'off' });
  expect(await lostByKill(stack)).not.toEqual([]);

  await plane.setDefect('db', 'standby-cannot-be-promoted', true);
  await plane.reboot('db', { forceFailover: true });
  await stack.reached(({ primary }) => primary === undefined);
  await expect(stack.reached(({ status }) => status !== 'rebooting', 1500)).rejects.toThrow('rebooting');
  await plane.setDefect('db', 'standby-cannot-be-promoted', false);
  await stack.reached(({ status }) => status === 'available');
});

test.concurrent('closing in the middle of a creation or of a failover leaves nothing behind', async ({
  expect,
}) => {
  const early = await openTestPlane({ speed: 100 });
  const created = early.create();
  const refused = expect(created).rejects.toThrow(/closed/);
  await early.plane[Symbol.asyncDispose]();
  await refused;
  expect(early.processes.size).toBe(0);
  await early[Symbol.asyncDispose]();

  const late = await openTestPlane({ speed: 1 });
  await late.create();
  await late.plane.reboot('db', { forceFailover: true });
  await late[Symbol.asyncDispose]();
  expect(late.processes.size).toBe(0);
});

const patient = { timeout: 10_000 };
const failoverEvents = [
  'Multi-AZ instance failover started.',
  'DB instance restarted',
  'Multi-AZ failover to standby complete - DNS propagation may take a few minutes',
  'Multi-AZ instance failover completed',
];
const unhealthyEvent = 'The primary host of the RDS Multi-AZ instance is unhealthy.';
const requestedEvent = 'The user requested a failover of the DB instance.';

async function failOver(stack: TestPlane): Promise<void> {
  await stack.plane.reboot('db', { forceFailover: true });
  await stack.reached(({ status }) => status === 'available');
}

/** What was acknowledged before the primary died, and is gone with it. */
async function lostByKill(stack: TestPlane): Promise<readonly number[]> {
  const client = await stack.connect();
  await client.query('truncate entries');
  await client.query('checkpoint');
  const keys = Array.from({ length: 100 }, (_, key) => key);
  for (const key of keys) await client.query('insert into entries values ($1)', [key]);
  process.kill(stack.describe().primary?.pid ?? 0, 'SIGKILL');
  await stack.reached(({ status }) => status === 'rebooting');
  await stack.reached(({ status, standby }) => status === 'available' && standby !== undefined);
  return lostOf(stack, keys);
}

async function one(stack: TestPlane, text: string): Promise<unknown> {
  const client = await stack.connect();
  try {
    return (await client.query(text)).rows[0];
  } finally {
    await client.end();
  }
}

async function lostOf(stack: TestPlane, acknowledged: readonly number[]): Promise<readonly number[]> {
  const client = await stack.connect();
  const { rows } = await client.query<{ key: number }>('select key from entries');
  await client.end();
  const present = new Set(rows.map(({ key }) => key));
  return acknowledged.filter((key) => !present.has(key));
}

async function plainConnection(stack: TestPlane): Promise<string> {
  try {
    await (await stack.connect({ ssl: false })).end();
    return 'connected';
  } catch (error) {
    return String(error);
  }
}
