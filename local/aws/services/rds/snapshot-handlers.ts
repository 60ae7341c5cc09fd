import type {
  CreateDBSnapshotMessage,
  CreateDBSnapshotResult,
  DBInstanceAutomatedBackup,
  DBInstanceAutomatedBackupMessage,
  DBSnapshotMessage,
  DeleteDBSnapshotMessage,
  DeleteDBSnapshotResult,
  DescribeDBInstanceAutomatedBackupsMessage,
  DescribeDBSnapshotsMessage,
} from '@aws-sdk/client-rds';
import { AwsError } from '../../service.ts';
import { describeInstance, wholeSeconds } from './describe-instance.ts';
import { describePage } from './describe-page.ts';
import { invalidValue } from './errors.ts';
import {
  checkSnapshotIdentifier,
  describeSnapshot,
  dropSnapshot,
  findSnapshot,
  startSnapshot,
} from './snapshots.ts';
import type { RdsState, StoredInstance, StoredSnapshot } from './state.ts';
import { arnOf, findInstance, statusOf } from './state.ts';

export function snapshotHandlers(state: RdsState) {
  return {
    CreateDBSnapshot: (input: CreateDBSnapshotMessage) => createSnapshot(state, input),
    DescribeDBSnapshots: (input: DescribeDBSnapshotsMessage) => describeSnapshots(state, input),
    DeleteDBSnapshot: (input: DeleteDBSnapshotMessage) => deleteSnapshot(state, input),
    DescribeDBInstanceAutomatedBackups: (input: DescribeDBInstanceAutomatedBackupsMessage) =>
      describeAutomatedBackups(state, input),
  };
}

function createSnapshot(state: RdsState, input: CreateDBSnapshotMessage): CreateDBSnapshotResult {
  const { DBSnapshotIdentifier = '', DBInstanceIdentifier, Tags: tags = [] } = input;
  checkSnapshotIdentifier(DBSnapshotIdentifier);
  const instance = findInstance(state, DBInstanceIdentifier);
  if (statusOf(instance) !== 'available')
    throw new AwsError(
      'InvalidDBInstanceState',
      `Cannot create a snapshot because the database instance ${instance.identifier} is not currently in the available state.`,
    );
  const identifier = DBSnapshotIdentifier.toLowerCase();
  const { snapshot } = startSnapshot(state, instance, { identifier, type: 'manual', tags });
  state.context.changed();
  return { DBSnapshot: describeSnapshot(state, snapshot) };
}

async function deleteSnapshot(
  state: RdsState,
  { DBSnapshotIdentifier }: DeleteDBSnapshotMessage,
): Promise<DeleteDBSnapshotResult> {
  const snapshot = findSnapshot(state, DBSnapshotIdentifier);
  if (snapshot.type === 'automated')
    throw new AwsError('InvalidDBSnapshotState', 'automated snapshots cannot be deleted.');
  if (snapshot.status === 'creating')
    throw new AwsError('InvalidDBSnapshotState', `DBSnapshot ${snapshot.identifier} is being created.`);
  const described = describeSnapshot(state, snapshot);
  await dropSnapshot(state, snapshot);
  // RDS-EVENT-0041.
  state.events.add({
    identifier: snapshot.identifier,
    sourceType: 'db-snapshot',
    message: 'Deleted user snapshot',
    categories: ['deletion'],
  });
  return { DBSnapshot: { ...described, Status: 'deleted' } };
}

function describeSnapshots(state: RdsState, input: DescribeDBSnapshotsMessage): DBSnapshotMessage {
  const { DBSnapshotIdentifier, DBInstanceIdentifier, SnapshotType, DbiResourceId, Filters = [] } = input;
  const given: [string, string | undefined][] = [
    ['db-instance-id', DBInstanceIdentifier],
    ['snapshot-type', SnapshotType],
    ['dbi-resource-id', DbiResourceId],
  ];
  const wanted = [
    ...given.flatMap(([Name, value]) => (value === undefined ? [] : [{ Name, Values: [value] }])),
    ...Filters,
  ];
  const found = DBSnapshotIdentifier ? [findSnapshot(state, DBSnapshotIdentifier)] : state.snapshots.values();
  const matching = [...found].filter((snapshot) =>
    wanted.every(({ Name = '', Values = [] }) => Values.some((value) => isOf(state, snapshot, Name, value))),
  );
  const page = describePage(matching, input, ({ identifier }) => identifier);
  return { DBSnapshots: page.items.map((item) => describeSnapshot(state, item)), Marker: page.Marker };
}

function isOf(
  state: RdsState,
  { identifier, type, source }: StoredSnapshot,
  filter: string,
  value: string,
): boolean {
  if (filter === 'snapshot-type') return value === type;
  if (filter === 'db-snapshot-id') return value.toLowerCase() === identifier;
  if (filter === 'dbi-resource-id') return value === source.DbiResourceId;
  if (filter === 'engine') return value === source.Engine;
  if (filter !== 'db-instance-id') throw invalidValue(`Unrecognized filter name: ${filter}`);
  return namesInstance(state, source.DBInstanceIdentifier, value);
}

function namesInstance(state: RdsState, identifier = '', value: string): boolean {
  return value.toLowerCase() === identifier || value === arnOf(state, 'db', identifier);
}

function describeAutomatedBackups(
  state: RdsState,
  input: DescribeDBInstanceAutomatedBackupsMessage,
): DBInstanceAutomatedBackupMessage {
  const { DbiResourceId, DBInstanceIdentifier, DBInstanceAutomatedBackupsArn: arn, Filters = [] } = input;
  const all = [...state.instances.values()]
    .filter(({ settings }) => (settings.BackupRetentionPeriod ?? 0) > 0)
    .map((instance) => describeBackup(state, instance));
  const matching = all.filter(
    (backup) =>
      (!DbiResourceId || backup.DbiResourceId === DbiResourceId) &&
      (!DBInstanceIdentifier || namesInstance(state, backup.DBInstanceIdentifier, DBInstanceIdentifier)) &&
      (!arn || backup.DBInstanceAutomatedBackupsArn === arn) &&
      Filters.every(({ Name = '', Values = [] }) =>
        Values.some((value) => isBackupOf(state, backup, Name, value)),
      ),
  );
  if ((DbiResourceId || DBInstanceIdentifier || arn) && matching.length === 0)
    throw new AwsError(
      'DBInstanceAutomatedBackupNotFound',
      `No automated backup of ${DBInstanceIdentifier ?? DbiResourceId ?? arn} was found.`,
    );
  const page = describePage(matching, input, ({ DBInstanceIdentifier: name = '' }) => name);
  return { DBInstanceAutomatedBackups: page.items, Marker: page.Marker };
}

function isBackupOf(
  state: RdsState,
  backup: DBInstanceAutomatedBackup,
  filter: string,
  value: string,
): boolean {
  if (filter === 'status') return value === backup.Status;
  if (filter === 'dbi-resource-id') return value === backup.DbiResourceId;
  if (filter !== 'db-instance-id') throw invalidValue(`Unrecognized filter name: ${filter}`);
  return namesInstance(state, backup.DBInstanceIdentifier, value);
}

function describeBackup(state: RdsState, instance: StoredInstance): DBInstanceAutomatedBackup {
  const described = describeInstance(state, instance);
  const { restorable } = instance.engine ?? {};
  const { DBInstanceArn, DbiResourceId, DBInstanceIdentifier, AllocatedStorage, AvailabilityZone } =
    described;
  const { MasterUsername, Engine, EngineVersion, LicenseModel, Iops, StorageType, KmsKeyId } = described;
  const { BackupRetentionPeriod, PreferredBackupWindow, BackupTarget, InstanceCreateTime } = described;
  return {
    ...{ DBInstanceArn, DbiResourceId, DBInstanceIdentifier, AllocatedStorage, AvailabilityZone },
    ...{ MasterUsername, Engine, EngineVersion, LicenseModel, Iops, StorageType, KmsKeyId },
    ...{ BackupRetentionPeriod, PreferredBackupWindow, BackupTarget, InstanceCreateTime },
    Region: state.context.region,
    Status: restorable ? 'active' : 'creating',
    RestoreWindow: restorable && {
      EarliestTime: restorable.earliest,
      LatestTime: wholeSeconds(restorable.latest),
    },
    Port: described.Endpoint?.Port ?? instance.settings.Endpoint?.Port,
    VpcId: described.DBSubnetGroup?.VpcId,
    Encrypted: described.StorageEncrypted,
    DBInstanceAutomatedBackupsArn: backupArn(state, instance),
  };
}

export function backupArn(state: RdsState, { settings }: StoredInstance): string {
  return arnOf(state, 'auto-backup', `ab-${(settings.DbiResourceId ?? '').slice(3).toLowerCase()}`);
}
