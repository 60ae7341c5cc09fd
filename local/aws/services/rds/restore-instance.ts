import type {
  CreateDBInstanceMessage,
  DBInstance,
  RestoreDBInstanceFromDBSnapshotMessage,
  RestoreDBInstanceFromDBSnapshotResult,
  RestoreDBInstanceToPointInTimeMessage,
  RestoreDBInstanceToPointInTimeResult,
} from '@aws-sdk/client-rds';
import { AwsError } from '../../service.ts';
import { checkInstance } from './check-instance.ts';
import { openInstance } from './create-instance.ts';
import { wholeSeconds } from './describe-instance.ts';
import type { EngineRestoreSource } from './engine.ts';
import { resolveVersion } from './engine-versions.ts';
import { invalidCombination, invalidValue } from './errors.ts';
import type { NewEvent } from './events.ts';
import { backupArn } from './snapshot-handlers.ts';
import { findSnapshot } from './snapshots.ts';
import type { RdsState, StoredInstance } from './state.ts';
import { findInstance, statusOf } from './state.ts';

export function restoreHandlers(state: RdsState) {
  return {
    RestoreDBInstanceFromDBSnapshot: (input: RestoreDBInstanceFromDBSnapshotMessage) =>
      restoreSnapshot(state, input),
    RestoreDBInstanceToPointInTime: (input: RestoreDBInstanceToPointInTimeMessage) =>
      restoreToPointInTime(state, input),
  };
}

function restoreSnapshot(
  state: RdsState,
  input: RestoreDBInstanceFromDBSnapshotMessage,
): RestoreDBInstanceFromDBSnapshotResult {
  if (!input.DBSnapshotIdentifier)
    throw new AwsError('MissingParameter', 'The request must contain the parameter DBSnapshotIdentifier.');
  const { backup, source, status, identifier } = findSnapshot(state, input.DBSnapshotIdentifier);
  if (status !== 'available')
    throw new AwsError('InvalidDBSnapshotState', `DBSnapshot ${identifier} is not in available state.`);
  const event = {
    identifier,
    sourceType: 'db-snapshot',
    message: `Restored from snapshot ${identifier}`,
    categories: ['restoration'],
  } as const;
  return restore(
    state,
    { ...input, target: input.DBInstanceIdentifier },
    { source, from: { backup }, event },
  );
}

function restoreToPointInTime(
  state: RdsState,
  input: RestoreDBInstanceToPointInTimeMessage,
): RestoreDBInstanceToPointInTimeResult {
  const instance = sourceOf(state, input);
  const { identifier, settings } = instance;
  if (['creating', 'deleting', 'failed', 'incompatible-restore'].includes(statusOf(instance)))
    throw new AwsError('InvalidDBInstanceState', `DB Instance ${identifier} is not in available state.`);
  const time = timeOf(instance, input);
  const target = input.TargetDBInstanceIdentifier;
  const event = {
    identifier: target?.toLowerCase() ?? '',
    sourceType: 'db-instance',
    message: `Restored from DB instance ${identifier} to ${target?.toLowerCase()}`,
    categories: ['restoration'],
  } as const;
  return restore(state, { ...input, target }, { source: settings, from: { identifier, time }, event });
}

function sourceOf(state: RdsState, input: RestoreDBInstanceToPointInTimeMessage): StoredInstance {
  const { SourceDBInstanceIdentifier, SourceDbiResourceId, SourceDBInstanceAutomatedBackupsArn } = input;
  if (SourceDBInstanceIdentifier) return findInstance(state, SourceDBInstanceIdentifier);
  const instances = [...state.instances.values()];
  const found = SourceDbiResourceId
    ? instances.find(({ settings }) => settings.DbiResourceId === SourceDbiResourceId)
    : instances.find((instance) => backupArn(state, instance) === SourceDBInstanceAutomatedBackupsArn);
  if (found) return found;
  if (SourceDbiResourceId)
    throw new AwsError('DBInstanceNotFound', `DBInstance ${SourceDbiResourceId} not found.`);
  if (SourceDBInstanceAutomatedBackupsArn)
    throw new AwsError('DBInstanceAutomatedBackupNotFound', 'The automated backup was not found.');
  throw invalidCombination(
    'SourceDBInstanceIdentifier, SourceDbiResourceId or SourceDBInstanceAutomatedBackupsArn must be specified.',
  );
}

/** What RDS refuses of a restore time; the messages about the window are those of field reports. */
function timeOf(
  { identifier, settings, engine }: StoredInstance,
  { RestoreTime, UseLatestRestorableTime = false }: RestoreDBInstanceToPointInTimeMessage,
): Date {
  const days = settings.BackupRetentionPeriod ?? 0;
  if (days === 0)
    throw new AwsError(
      'PointInTimeRestoreNotEnabled',
      `Point-in-time restore is not enabled for ${identifier}: its backup retention period is 0.`,
    );
  if (UseLatestRestorableTime === (RestoreTime !== undefined))
    throw invalidCombination(
      'Either RestoreTime or UseLatestRestorableTime must be specified, and not both.',
    );
  if (!engine?.restorable)
    throw new AwsError('InvalidDBInstanceState', `DB Instance ${identifier} has no restorable time yet.`);
  const { earliest } = engine.restorable;
  const latest = wholeSeconds(engine.restorable.latest);
  const time = RestoreTime ?? latest;
  if (time > latest)
    throw invalidValue(
      `The specified instance cannot be restored to a time later than ${inSeconds(latest)}.`,
    );
  if (time < earliest)
    throw invalidValue(
      `The specified instance cannot be restored to a time earlier than ${inSeconds(earliest)} because its backup retention period is set to ${days} days.`,
    );
  return time;
}

function inSeconds(instant: Date): string {
  return instant.toISOString().replace(/\.\d+Z$/, 'Z');
}

type RestoreInput = Pick<
  RestoreDBInstanceFromDBSnapshotMessage & RestoreDBInstanceToPointInTimeMessage,
  keyof RestoreDBInstanceFromDBSnapshotMessage & keyof RestoreDBInstanceToPointInTimeMessage
> & { readonly target: string | undefined };

function restore(
  state: RdsState,
  input: RestoreInput,
  { source, from, event }: { source: DBInstance; from: EngineRestoreSource; event: NewEvent },
): { DBInstance: DBInstance } {
  const wanted = settingsOf(input, source);
  checkInstance(wanted, { credentials: false });
  return openInstance(state, wanted, {
    version: resolveVersion('postgres', source.EngineVersion),
    failure: 'incompatible-restore',
    make: async (specification) => {
      await state.ports.engine.restore(specification, from);
      state.events.add(event);
    },
  });
}

/**
 * Most is the source's; Single-AZ, groups, and deletion protection are as of a new instance unless they are given (RDS
 * API reference, RestoreDBInstanceToPointInTime).
 */
function settingsOf(input: RestoreInput, source: DBInstance): CreateDBInstanceMessage {
  return {
    Engine: 'postgres',
    EngineVersion: source.EngineVersion,
    MasterUsername: source.MasterUsername,
    DBName: source.DBName,
    PreferredMaintenanceWindow: source.PreferredMaintenanceWindow,
    StorageEncrypted: source.StorageEncrypted,
    KmsKeyId: source.KmsKeyId,
    MonitoringInterval: 0,
    DBInstanceIdentifier: input.target,
    DBInstanceClass: input.DBInstanceClass ?? source.DBInstanceClass,
    AllocatedStorage: input.AllocatedStorage ?? source.AllocatedStorage,
    MaxAllocatedStorage: source.MaxAllocatedStorage,
    StorageType: input.StorageType ?? source.StorageType,
    Iops: input.Iops ?? source.Iops,
    StorageThroughput: input.StorageThroughput ?? source.StorageThroughput,
    Port: input.Port ?? source.Endpoint?.Port,
    BackupRetentionPeriod: input.BackupRetentionPeriod ?? source.BackupRetentionPeriod,
    PreferredBackupWindow: input.PreferredBackupWindow ?? source.PreferredBackupWindow,
    AutoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? source.AutoMinorVersionUpgrade,
    CopyTagsToSnapshot: input.CopyTagsToSnapshot,
    AvailabilityZone: input.AvailabilityZone,
    DBParameterGroupName: input.DBParameterGroupName,
    DBSubnetGroupName: input.DBSubnetGroupName,
    DeletionProtection: input.DeletionProtection,
    EnableCloudwatchLogsExports: input.EnableCloudwatchLogsExports,
    MultiAZ: input.MultiAZ,
    PubliclyAccessible: input.PubliclyAccessible,
    Tags: input.Tags,
    VpcSecurityGroupIds: input.VpcSecurityGroupIds,
  };
}
