import { expect, test } from 'vitest';
import type { DatabaseInstance, DatabaseSpecification, RestoreSource } from './contract.ts';
import type { TestPlane } from './test-plane.ts';
import { openTestPlane } from './test-plane.ts';

/** Five minutes are 1.5 s. */
const speed = 200;

test('an instance is restored to an instant, across a failover, and to a snapshot that outlives it', async () => {
  await using rds = await openTestPlane({ speed });
  await rds.create();
  await run(rds, 'create table rows (name text)');
  await insert(rds, 'snapshot');
  await rds.plane.backUp('db', 'manual');
  await rds.plane.setBackups('db', true);
  await rds.plane.backUp('db', 'automated');
  await insert(rds, 'before');
  const earlier = await instant(rds);
  await insert(rds, 'later');
  await rds.plane.reboot('db', { forceFailover: true });
  await rds.reached(({ status }) => status === 'available');
  await insert(rds, 'failed over');
  const later = await instant(rds);
  await insert(rds, 'too late');
  const tooLate = await instant(rds);
  const { restorable } = await rds.reached((db) => (db.restorable?.latest ?? 0) >= tooLate, 60_000);
  await expect(restore(rds, 'no', { identifier: 'db', time: new Date(0) })).rejects.toMatchObject({
    code: 'InvalidParameter',
  });

  expect(await restore(rds, 'first', { identifier: 'db', time: earlier })).toEqual(['snapshot', 'before']);
  expect(await restore(rds, 'second', { identifier: 'db', time: later })).toEqual([
    'snapshot',
    'before',
    'later',
    'failed over',
  ]);
  const latest = restorable?.latest ?? new Date(0);
  expect(await restore(rds, 'third', { identifier: 'db', time: latest })).toContain('too late');
  await rds.plane.delete('db');
  const fourth = await rds.plane.restore({ ...single, identifier: 'db' }, { backup: 'manual' });
  expect(await rowsAt(rds, fourth)).toEqual(['snapshot']);
});

test('a lost segment is found by whoever restores, and a restore that ignores its target shows', async () => {
  await using rds = await openTestPlane({ speed });
  await rds.create();
  await run(rds, 'create table rows (name text)');
  await rds.plane.setBackups('db', true);
  await rds.plane.backUp('db', 'automated');
  await rds.reached((db) => db.restorable !== undefined);
  await rds.plane.setDefect('db', 'archive-loses-a-segment', true);
  await insert(rds, 'before');
  const time = await instant(rds);
  await insert(rds, 'after');
  const end = await instant(rds);
  await rds.reached((db) => (db.restorable?.latest ?? 0) >= end, 60_000);
  const from = { identifier: 'db', time };
  await expect(restore(rds, 'hole', from)).rejects.toMatchObject({ code: 'CannotStart' });
  await rds.plane.setDefect('db', 'archive-loses-a-segment', false);
  expect(await restore(rds, 'whole', from)).toEqual(['before']);
  await rds.plane.setDefect('db', 'restore-ignores-target-time', true);
  expect(await restore(rds, 'beyond', from)).toEqual(['before', 'after']);
});

async function run(rds: TestPlane, text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = await rds.connect();
  const { rows } = await client.query(text, values);
  await client.end();
  return rows;
}

const insert = (rds: TestPlane, name: string) => run(rds, 'insert into rows values ($1)', [name]);

/** Between the commits before and after it, by the database's own clock and more than a millisecond from either. */
async function instant(rds: TestPlane): Promise<Date> {
  const [row] = await run(rds, 'select pg_sleep(0.02), clock_timestamp() as now, pg_sleep(0.02)');
  return row?.now as Date;
}

/** The rows of the restored instance, which is gone afterwards. */
async function restore(rds: TestPlane, identifier: string, from: RestoreSource): Promise<unknown[]> {
  const restored: DatabaseInstance = await rds.plane.restore({ ...single, identifier }, from);
  const rows = await rowsAt(rds, restored);
  await rds.plane.delete(identifier);
  return rows;
}

async function rowsAt(rds: TestPlane, { endpointAddress }: DatabaseInstance): Promise<unknown[]> {
  const client = await rds.connect({ host: endpointAddress });
  const { rows } = await client.query('select name from rows');
  await client.query('drop table rows');
  await client.end();
  return rows.map(({ name }) => name);
}

const single: DatabaseSpecification = {
  identifier: 'restored',
  // The test plane's clients expect this name.
  endpointName: 'db.rds.example',
  masterUsername: 'hub',
  masterPassword: 'not used',
  port: 5432,
  multiAz: false,
  zones: ['us-east-1a', 'us-east-1b'],
  parameters: {},
};
