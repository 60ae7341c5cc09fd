import { DescribeDBInstancesCommand, DescribeEventsCommand } from '@aws-sdk/client-rds';
import { beforeAll, expect, test } from 'vitest';
import type { DatabaseFault } from '../../local/base/plane-fault.ts';
import type { Control } from '../../provisioning/control.ts';
import { until } from './testing/until.ts';
import { upInTest } from './testing/up-in-test.ts';

const up = upInTest();
const { database } = up.deployment;
const identifier = database === 'none' ? '' : database.identifier;

beforeAll(async () => {
  await up.look.sql('create table long_test (key int primary key)');
});

test('writes go on without a standby that is cut off, and a primary that then dies comes back with them', async () => {
  const { zone } = await instance();
  await control().break('cut', { plane: 'network', hop: 'primary-to-standby', effect: { kind: 'cut' } });
  await write(1);
  expect(await standbys()).toBe(0);
  await breakPrimary('kill', 'kill-primary');
  await becomes('rebooting');
  await becomes('available');
  expect((await instance()).zone).toBe(zone);
  expect(await keys()).toEqual([1]);
  await control().mend('cut');
});

test('a frozen primary is replaced from the other zone, and thawing it changes nothing', async () => {
  await until('a standby in step', 120_000, async () => (await standbys()) === 1);
  const { zone } = await instance();
  await breakPrimary('freeze', 'freeze-primary');
  await becomes('rebooting');
  await becomes('available');
  await control().mend('freeze');
  expect((await instance()).zone).not.toBe(zone);
  expect(await messages()).toContain('The RDS Multi-AZ primary instance is busy and unresponsive.');
  await write(2);
  expect(await keys()).toEqual([1, 2]);
  await until('the application to answer', 30_000, async () => {
    const answer = await up.look.http();
    return 'status' in answer && answer.status === 200;
  });
});

test('a primary whose disk is full is replaced by a standby that has room, with every write', async (context) => {
  if (!up.stack.descriptor.capabilities.includes('database-volumes'))
    context.skip('this process may not mount a file system, so that no disk of a server can be full');
  await until('a standby in step', 120_000, async () => (await standbys()) === 1);
  await write(3);
  const { zone } = await instance();
  await breakPrimary('fill', 'fill-primary-disk');
  await becomes('rebooting');
  await becomes('available');
  expect((await instance()).zone).not.toBe(zone);
  await write(4);
  await control().mend('fill');
  expect(await keys()).toEqual([1, 2, 3, 4]);
  expect((await messages()).at(-1)).toBe('The primary host of the RDS Multi-AZ instance is unhealthy.');
  await until('a standby in step', 120_000, async () => (await standbys()) === 1);
});

function control(): Control {
  if (!up.stack.control) throw new TypeError('Cannot break the stack: it has no control endpoint');
  return up.stack.control;
}

function breakPrimary(id: string, effect: DatabaseFault['effect']): Promise<void> {
  return control().break(id, { plane: 'database', identifier, effect });
}

async function instance(): Promise<{ readonly status?: string; readonly zone?: string }> {
  const { DBInstances } = await up.stack.aws.rds.send(
    new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier }),
  );
  return { status: DBInstances?.[0]?.DBInstanceStatus, zone: DBInstances?.[0]?.AvailabilityZone };
}

async function becomes(status: string): Promise<void> {
  await until(`the status "${status}"`, 60_000, async () => (await instance()).status === status);
}

async function messages(): Promise<readonly (string | undefined)[]> {
  const { Events = [] } = await up.stack.aws.rds.send(
    new DescribeEventsCommand({ SourceIdentifier: identifier, SourceType: 'db-instance' }),
  );
  return Events.map(({ Message }) => Message);
}

/** Until it is acknowledged: a up.look gives up before the plane does. */
async function write(key: number): Promise<void> {
  await until(`the write of ${key}`, 60_000, () =>
    up.look.sql('insert into long_test values ($1) on conflict do nothing', [key]).catch(() => false),
  );
}

async function keys(): Promise<readonly unknown[]> {
  return (await up.look.sql('select key from long_test order by key')).map(({ key }) => key);
}

async function standbys(): Promise<number> {
  const [row] = await up.look.sql(
    "select count(*)::int as standbys from pg_stat_replication where sync_state = 'sync'",
  );
  return Number(row?.standbys);
}
