import { expect, test } from 'vitest';
import { until } from '../serve-in-test.ts';
import { createInstance, openRds } from './rds-in-test.ts';

const instance = { DBInstanceIdentifier: 'hub-db' };

test('an instance is stopped and started, keeps its endpoint, and refuses what its state forbids', async () => {
  await using rds = await openRds();
  await createInstance(rds);
  const { client } = rds;
  await expect(client.startDBInstance(instance)).rejects.toMatchObject({
    name: 'InvalidDBInstanceStateFault',
    message: 'Instance hub-db is not stopped, cannot be started.',
  });
  await client.modifyDBInstance({ ...instance, MultiAZ: false });
  expect((await client.stopDBInstance(instance)).DBInstance).toMatchObject({
    DBInstanceStatus: 'stopping',
    PendingModifiedValues: {},
  });
  rds.tell({ status: 'stopped', primary: undefined });
  await expect(client.stopDBInstance(instance)).rejects.toMatchObject({
    name: 'InvalidDBInstanceStateFault',
    message: 'Instance hub-db is not in available state.',
  });
  await expect(client.modifyDBInstance({ ...instance, MultiAZ: true })).rejects.toMatchObject({
    name: 'InvalidDBInstanceStateFault',
  });
  expect(await rds.describe()).toMatchObject({
    DBInstanceStatus: 'stopped',
    AvailabilityZone: 'us-east-1a',
    Endpoint: { Address: expect.stringContaining('hub-db.') },
  });
  expect(rds.service.snapshot().endpoints).toHaveLength(1);

  // What is changed of its parameters meanwhile is in force once it runs.
  await client.modifyDBParameterGroup({
    DBParameterGroupName: 'hub',
    Parameters: [{ ParameterName: 'work_mem', ParameterValue: '8192', ApplyMethod: 'pending-reboot' }],
  });
  expect(rds.parametersGiven).toEqual([]);
  await client.startDBInstance(instance);
  expect(rds.parametersGiven).toEqual([{ work_mem: '8192' }]);
  rds.tell({ status: 'available' });
  expect((await rds.describe())?.DBParameterGroups).toMatchObject([{ ParameterApplyStatus: 'in-sync' }]);
});

test('a modification waits for its window, goes at once when told to, and takes along what waits', async () => {
  await using rds = await openRds();
  await createInstance(rds, { EngineVersion: '18.2' });
  const { client } = rds;
  const modify = (change: object) => client.modifyDBInstance({ ...instance, ...change });
  await modify({ PreferredMaintenanceWindow: windowIn(24 * 60), DBInstanceClass: 'db.m6g.xlarge' });
  await modify({ MultiAZ: false, BackupRetentionPeriod: 7, DeletionProtection: false });
  expect(await rds.describe()).toMatchObject({
    DBInstanceStatus: 'available',
    DBInstanceClass: 'db.m6g.large',
    MultiAZ: true,
    BackupRetentionPeriod: 7,
    DeletionProtection: false,
    PendingModifiedValues: { DBInstanceClass: 'db.m6g.xlarge', MultiAZ: false },
  });
  await modify({ MultiAZ: true });
  expect((await rds.describe())?.PendingModifiedValues).toEqual({ DBInstanceClass: 'db.m6g.xlarge' });

  const release = rds.hold();
  const applied = await modify({ EngineVersion: '18.3', ApplyImmediately: true });
  expect(applied.DBInstance?.PendingModifiedValues).toMatchObject({ EngineVersion: '18.3' });
  expect(rds.engineChanges).toEqual([{ instanceClass: 'db.m6g.xlarge', engineVersion: '18.3' }]);
  await expect(modify({ MultiAZ: false })).rejects.toThrow('Database instance is not in available state.');
  release();
  await until(rds.clock, rds.describe, (found) => found?.DBInstanceStatus === 'available');
  expect(await rds.describe()).toMatchObject({
    DBInstanceClass: 'db.m6g.xlarge',
    EngineVersion: '18.3',
    PendingModifiedValues: {},
  });

  await modify({ MultiAZ: false, PreferredMaintenanceWindow: windowIn(-1) });
  await until(rds.clock, rds.describe, (found) => found?.MultiAZ === false);
  expect(rds.engineChanges.at(-1)).toEqual({ multiAz: false });
  for (const [change, error] of [
    [{ EngineVersion: '18.1' }, 'Cannot upgrade postgres from 18.3 to 18.1'],
    [{ EngineVersion: '19.1' }, 'The AllowMajorVersionUpgrade flag must be present'],
    [{ EngineVersion: '19.1', AllowMajorVersionUpgrade: true }, 'Cannot find version 19.1 for postgres'],
    [{ PreferredMaintenanceWindow: 'sun:06:00-sun:06:15' }, 'at least 30 minutes'],
    [{ PreferredMaintenanceWindow: 'someday' }, 'Invalid maintenance window format'],
    [{ DBInstanceClass: 'large' }, 'Invalid DB Instance class'],
  ] as const)
    await expect(modify(change)).rejects.toThrow(error);
});

test('the next minor version is offered as maintenance, which a window or a call applies', async () => {
  await using rds = await openRds();
  await createInstance(rds, { EngineVersion: '18.2', PreferredMaintenanceWindow: windowIn(24 * 60) });
  const { client } = rds;
  const pending = async () => (await client.describePendingMaintenanceActions({})).PendingMaintenanceActions;
  const [offered] = (await pending()) ?? [];
  expect(offered?.PendingMaintenanceActionDetails).toMatchObject([
    { Action: 'db-upgrade', Description: expect.stringContaining('18.4') },
  ]);
  const ResourceIdentifier = offered?.ResourceIdentifier ?? '';
  const apply = (OptInType: string, ApplyAction = 'db-upgrade', resource = ResourceIdentifier) =>
    client.applyPendingMaintenanceAction({ ResourceIdentifier: resource, ApplyAction, OptInType });
  await expect(apply('immediate', 'db-upgrade', `${ResourceIdentifier}x`)).rejects.toMatchObject({
    name: 'ResourceNotFoundFault',
  });
  await expect(apply('immediate', 'system-update')).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  await apply('next-maintenance');
  const [optedIn] = (await pending()) ?? [];
  const details = optedIn?.PendingMaintenanceActionDetails?.[0];
  expect(details).toMatchObject({ OptInStatus: 'next-maintenance' });
  expect(details?.CurrentApplyDate?.getTime()).toBeGreaterThan(Date.now() + 23 * 3_600_000);
  await apply('undo-opt-in');
  await apply('immediate');
  await until(rds.clock, rds.describe, (found) => found?.EngineVersion === '18.4');
  expect(await pending()).toEqual([]);
  expect(rds.engineChanges).toEqual([{ engineVersion: '18.4' }]);
});

test('another group acts with a reboot, a dynamic parameter when it is told to, and a reset takes back', async () => {
  await using rds = await openRds();
  await createInstance(rds);
  const { client } = rds;
  const status = async () => (await rds.describe())?.DBParameterGroups?.[0]?.ParameterApplyStatus;
  const set = (ParameterName: string, ApplyMethod: 'immediate' | 'pending-reboot') =>
    client.modifyDBParameterGroup({
      DBParameterGroupName: 'hub',
      Parameters: [{ ParameterName, ParameterValue: '0', ApplyMethod }],
    });
  const reboot = async () => {
    await client.rebootDBInstance(instance);
    rds.tell({ status: 'available' });
  };
  await set('rds.force_ssl', 'pending-reboot');
  expect(await status()).toBe('pending-reboot');
  expect(rds.parametersGiven).toEqual([]);
  await reboot();
  expect(rds.parametersGiven.at(-1)).toEqual({ 'rds.force_ssl': '0' });
  expect(await status()).toBe('in-sync');

  await client.createDBParameterGroup({
    DBParameterGroupName: 'other',
    DBParameterGroupFamily: 'postgres18',
    Description: 'other',
  });
  await client.modifyDBInstance({ ...instance, DBParameterGroupName: 'other' });
  expect(await status()).toBe('pending-reboot');
  expect(rds.parametersGiven).toHaveLength(1);
  await reboot();
  expect(rds.parametersGiven.at(-1)).toEqual({});

  await client.modifyDBInstance({ ...instance, DBParameterGroupName: 'hub' });
  await reboot();
  await set('log_connections', 'immediate');
  await client.resetDBParameterGroup({ DBParameterGroupName: 'hub', ResetAllParameters: true });
  await until(rds.clock, status, (value) => value === 'in-sync');
  expect(rds.parametersGiven.slice(-3)).toEqual([
    { 'rds.force_ssl': '0' },
    { 'rds.force_ssl': '0', log_connections: '0' },
    {},
  ]);
  const { Events } = await client.describeEvents({ SourceType: 'db-instance', SourceIdentifier: 'hub-db' });
  expect(Events?.map(({ Message }) => Message)).toContain('Updated to use DBParameterGroup other');
});

test('events are found by their source, category and time, and categories are told', async () => {
  await using rds = await openRds();
  await createInstance(rds);
  const { client } = rds;
  await client.modifyDBInstance({ ...instance, BackupRetentionPeriod: 0, ApplyImmediately: true });
  const find = async (filter: object) =>
    ((await client.describeEvents({ SourceType: 'db-instance', ...filter })).Events ?? []).map(
      ({ Message }) => Message,
    );
  const message = 'Disabled automated backups';
  await until(
    rds.clock,
    () => find({}),
    (found) => found.includes(message),
  );
  const minute = 60_000;
  expect(await find({ EventCategories: ['configuration change'], Duration: 5 })).toContain(message);
  expect(await find({ EventCategories: ['failover'] })).toEqual([]);
  expect(await find({ SourceIdentifier: 'another' })).toEqual([]);
  expect(await find({ EndTime: new Date(Date.now() - minute) })).toEqual([]);
  expect(await find({ StartTime: new Date(Date.now() - minute), EndTime: new Date() })).toContain(message);
  const categories = async (SourceType: string) =>
    (await client.describeEventCategories({ SourceType })).EventCategoriesMapList?.[0]?.EventCategories;
  expect(await categories('db-parameter-group')).toEqual(['configuration change']);
  expect(await categories('db-instance')).toContain('security patching');
  await expect(categories('db-table')).rejects.toMatchObject({ name: 'InvalidParameterValue' });
});

/** An hour that begins so many minutes from now. */
function windowIn(minutes: number): string {
  const at = (date: Date): string =>
    `${['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'][date.getUTCDay()]}:${date.toISOString().slice(11, 16)}`;
  const start = Date.now() + minutes * 60_000;
  return `${at(new Date(start))}-${at(new Date(start + 3_600_000))}`;
}
