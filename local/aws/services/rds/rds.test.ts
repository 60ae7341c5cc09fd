import { expect, test } from 'vitest';
import { awsCli, until } from '../serve-in-test.ts';
import { createInstance, openRds, password } from './rds-in-test.ts';

test('an instance is created by the engine, and its failover shows in status, zones and events', async () => {
  await using rds = await openRds();
  const created = await createInstance(rds);
  expect(created).toMatchObject({ DBInstanceStatus: 'creating', DBInstanceIdentifier: 'hub-db' });
  expect(created?.Endpoint).toBeUndefined();
  expect(rds.specifications[0]).toMatchObject({
    masterPassword: password,
    zones: ['us-east-1a', 'us-east-1b'],
  });
  const available = await rds.describe();
  expect(available).toMatchObject({
    AvailabilityZone: 'us-east-1a',
    SecondaryAvailabilityZone: 'us-east-1b',
  });
  expect(available?.Endpoint?.Address).toMatch(/^hub-db\.[a-z0-9]{12}\.us-east-1\.rds\.amazonaws\.com$/);
  expect(JSON.stringify([available, rds.service.snapshot()])).not.toContain(password);

  const rebooting = await rds.client.rebootDBInstance({
    DBInstanceIdentifier: 'hub-db',
    ForceFailover: true,
  });
  expect(rebooting.DBInstance?.DBInstanceStatus).toBe('rebooting');
  expect(rds.reboots).toEqual([true]);
  await expect(rds.client.rebootDBInstance({ DBInstanceIdentifier: 'hub-db' })).rejects.toMatchObject({
    name: 'InvalidDBInstanceStateFault',
  });
  rds.service.eventHappened({
    identifier: 'hub-db',
    message: 'Multi-AZ instance failover completed',
    categories: ['failover'],
  });
  rds.tell({
    status: 'available',
    endpointAddress: '127.20.3.2',
    primary: { zone: 'us-east-1b' },
    secondaryZone: 'us-east-1a',
  });
  expect(await rds.describe()).toMatchObject({
    AvailabilityZone: 'us-east-1b',
    SecondaryAvailabilityZone: 'us-east-1a',
  });
  expect(rds.service.snapshot().endpoints).toEqual([
    { name: available?.Endpoint?.Address, addresses: ['127.20.3.2'] },
  ]);
  const { Events } = await rds.client.describeEvents({
    SourceType: 'db-instance',
    SourceIdentifier: 'hub-db',
    EventCategories: ['failover'],
  });
  expect(Events?.map(({ Message }) => Message)).toEqual(['Multi-AZ instance failover completed']);
});

test('a static parameter waits for a reboot, a dynamic one does not, and a wrong one is refused', async () => {
  await using rds = await openRds();
  await createInstance(rds);
  const set = (ParameterName: string, ParameterValue: string, ApplyMethod: 'immediate' | 'pending-reboot') =>
    rds.client.modifyDBParameterGroup({
      DBParameterGroupName: 'hub',
      Parameters: [{ ParameterName, ParameterValue, ApplyMethod }],
    });
  const status = async () => (await rds.describe())?.DBParameterGroups?.[0]?.ParameterApplyStatus;
  await set('work_mem', '8192', 'immediate');
  await until(rds.clock, status, (value) => value === 'in-sync');
  await expect(set('max_connections', '50', 'immediate')).rejects.toMatchObject({
    name: 'InvalidParameterCombination',
  });
  await expect(set('fsync', '0', 'pending-reboot')).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  await expect(set('work_mem', '1', 'immediate')).rejects.toThrow('outside of range: 64-2147483647');
  await set('max_connections', '50', 'pending-reboot');
  await until(rds.clock, status, (value) => value === 'pending-reboot');
  expect(rds.parametersGiven.at(-1)).toEqual({ work_mem: '8192', max_connections: '50' });
  rds.tell({ status: 'rebooting' });
  rds.tell({ status: 'available' });
  expect(await status()).toBe('in-sync');
});

test('the master password is changed by the engine, shows nowhere, and one that is too short is refused', async () => {
  await using rds = await openRds();
  await createInstance(rds);
  const change = (MasterUserPassword: string) =>
    rds.client.modifyDBInstance({ DBInstanceIdentifier: 'hub-db', MasterUserPassword });
  await expect(change('short')).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  const release = rds.hold();
  const { DBInstance } = await change('another-horse-battery');
  expect(DBInstance).toMatchObject({
    DBInstanceStatus: 'resetting-master-credentials',
    PendingModifiedValues: { MasterUserPassword: '****' },
  });
  await expect(change('a-third-horse-battery')).rejects.toMatchObject({
    name: 'InvalidDBInstanceStateFault',
  });
  release();
  const available = () =>
    until(rds.clock, rds.describe, (instance) => instance?.DBInstanceStatus === 'available');
  expect(JSON.stringify(await available())).not.toContain('another');
  expect(rds.passwords).toEqual(['another-horse-battery']);
  await change('refused-by-engine');
  await available();
  const { Events } = await rds.client.describeEvents({ EventCategories: ['configuration change'] });
  expect(Events?.map(({ Message }) => Message)).toEqual([
    'Reset master credentials',
    'Unable to reset your password. Error information: the DB instance could not be reached.',
  ]);
});

test('a reboot fails over only when it is told to', async () => {
  await using rds = await openRds();
  await createInstance(rds);
  await rds.client.rebootDBInstance({ DBInstanceIdentifier: 'hub-db' });
  rds.tell({ status: 'available' });
  await rds.client.rebootDBInstance({ DBInstanceIdentifier: 'hub-db', ForceFailover: true });
  expect(rds.reboots).toEqual([false, true]);
});

test('protection, final snapshots and groups in use keep things from being deleted', async () => {
  await using rds = await openRds();
  await createInstance(rds);
  const remove = () =>
    rds.client.deleteDBInstance({ DBInstanceIdentifier: 'hub-db', SkipFinalSnapshot: true });
  await expect(remove()).rejects.toMatchObject({ name: 'InvalidParameterCombination' });
  await rds.client.modifyDBInstance({ DBInstanceIdentifier: 'hub-db', DeletionProtection: false });
  await expect(rds.client.deleteDBSubnetGroup({ DBSubnetGroupName: 'private' })).rejects.toMatchObject({
    name: 'InvalidDBSubnetGroupStateFault',
  });
  await remove();
  const aws = awsCli(rds.gateway);
  await expect(aws('rds', 'reboot-db-instance', '--db-instance-identifier', 'hub-db')).rejects.toThrow(
    'DBInstanceNotFound',
  );
  await rds.client.deleteDBSubnetGroup({ DBSubnetGroupName: 'private' });
});

test('snapshots are made, waited for, kept beyond their instance, and restored', async () => {
  await using rds = await openRds();
  await createInstance(rds);
  const aws = awsCli(rds.gateway);
  const [automated] = (await rds.client.describeDBSnapshots({ SnapshotType: 'automated' })).DBSnapshots ?? [];
  expect(automated?.DBSnapshotIdentifier).toMatch(/^rds:hub-db-\d{4}(-\d\d){4}$/);
  const remove = (DBSnapshotIdentifier = '') => rds.client.deleteDBSnapshot({ DBSnapshotIdentifier });
  await expect(remove(automated?.DBSnapshotIdentifier)).rejects.toMatchObject({
    name: 'InvalidDBSnapshotStateFault',
  });
  const snapshot = { DBInstanceIdentifier: 'hub-db', DBSnapshotIdentifier: 'Mine' };
  const release = rds.hold();
  const { DBSnapshot } = await rds.client.createDBSnapshot(snapshot);
  expect(DBSnapshot).toMatchObject({ Status: 'creating', SnapshotType: 'manual', Port: 5432 });
  expect(await rds.describe()).toMatchObject({ DBInstanceStatus: 'backing-up' });
  await expect(rds.client.createDBSnapshot(snapshot)).rejects.toMatchObject({
    name: 'InvalidDBInstanceStateFault',
  });
  release();
  await until(rds.clock, rds.describe, (instance) => instance?.DBInstanceStatus === 'available');
  await aws('rds', 'wait', 'db-snapshot-available', '--db-snapshot-identifier', 'mine');
  await expect(rds.client.createDBSnapshot(snapshot)).rejects.toMatchObject({
    name: 'DBSnapshotAlreadyExistsFault',
  });
  const { Events } = await rds.client.describeEvents({ EventCategories: ['backup'] });
  expect(Events?.slice(-2).map(({ Message }) => Message)).toEqual([
    'Backing up DB instance',
    'Finished DB Instance backup',
  ]);

  await rds.client.modifyDBInstance({ DBInstanceIdentifier: 'hub-db', DeletionProtection: false });
  await rds.client.deleteDBInstance({ DBInstanceIdentifier: 'hub-db', FinalDBSnapshotIdentifier: 'last' });
  await until(rds.clock, rds.describe, (instance) => instance === undefined);
  const { DBSnapshots = [] } = await rds.client.describeDBSnapshots({});
  expect(DBSnapshots.map(({ DBSnapshotIdentifier, Status }) => [DBSnapshotIdentifier, Status])).toEqual([
    ['last', 'available'],
    ['mine', 'available'],
  ]);
  const { DBInstance } = await rds.client.restoreDBInstanceFromDBSnapshot({
    DBInstanceIdentifier: 'again',
    DBSnapshotIdentifier: 'last',
    DBSubnetGroupName: 'private',
  });
  expect(DBInstance).toMatchObject({
    DBInstanceStatus: 'creating',
    MultiAZ: false,
    DeletionProtection: false,
    MasterUsername: 'hub',
    DBParameterGroups: [{ DBParameterGroupName: 'default.postgres18' }],
    VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-default' }],
  });
  await remove('last');
  await expect(remove('last')).rejects.toMatchObject({ name: 'DBSnapshotNotFoundFault' });
  expect(rds.backups.size).toBe(2);
});

test('an instance is restored to the instants of its window and to no others', async () => {
  await using rds = await openRds();
  await createInstance(rds);
  expect((await rds.describe())?.LatestRestorableTime).toEqual(new Date('2026-11-20T11:00:00Z'));
  const { DBInstanceAutomatedBackups } = await rds.client.describeDBInstanceAutomatedBackups({
    DBInstanceIdentifier: 'hub-db',
  });
  expect(DBInstanceAutomatedBackups?.[0]).toMatchObject({
    Status: 'active',
    RestoreWindow: {
      EarliestTime: new Date('2026-11-20T10:00:00Z'),
      LatestTime: new Date('2026-11-20T11:00:00Z'),
    },
  });
  const restore = (target: string, time: string | undefined) =>
    rds.client.restoreDBInstanceToPointInTime({
      SourceDBInstanceIdentifier: 'hub-db',
      TargetDBInstanceIdentifier: target,
      DBSubnetGroupName: 'private',
      VpcSecurityGroupIds: ['sg-1'],
      Tags: [{ Key: 'stormproof:run', Value: 'r' }],
      ...(time ? { RestoreTime: new Date(time) } : { UseLatestRestorableTime: true }),
    });
  const describe = async (DBInstanceIdentifier: string) =>
    (await rds.client.describeDBInstances({ DBInstanceIdentifier })).DBInstances?.[0];
  await expect(restore('late', '2026-11-20T11:00:01Z')).rejects.toThrow(
    'The specified instance cannot be restored to a time later than 2026-11-20T11:00:00Z.',
  );
  await expect(restore('early', '2026-11-20T09:00:00Z')).rejects.toMatchObject({
    name: 'InvalidParameterValue',
  });
  await expect(restore('hub-db', undefined)).rejects.toMatchObject({ name: 'DBInstanceAlreadyExistsFault' });
  await restore('latest', undefined);
  const restored = await until(
    rds.clock,
    () => describe('latest'),
    (instance) => instance?.DBInstanceStatus === 'available',
  );
  expect(restored).toMatchObject({
    TagList: [{ Key: 'stormproof:run' }],
    VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-1' }],
  });
  expect(rds.restores).toEqual([{ identifier: 'hub-db', time: new Date('2026-11-20T11:00:00Z') }]);
  await restore('holed', '2026-11-20T10:00:00Z');
  await until(
    rds.clock,
    () => describe('holed'),
    (instance) => instance?.DBInstanceStatus === 'incompatible-restore',
  );

  await rds.client.modifyDBInstance({
    DBInstanceIdentifier: 'hub-db',
    BackupRetentionPeriod: 0,
    ApplyImmediately: true,
  });
  const source = () => describe('hub-db');
  await until(rds.clock, source, (instance) => instance?.BackupRetentionPeriod === 0);
  await expect(restore('none', undefined)).rejects.toMatchObject({
    name: 'PointInTimeRestoreNotEnabledFault',
  });
  await until(rds.clock, source, (instance) => instance?.LatestRestorableTime === undefined);
});
