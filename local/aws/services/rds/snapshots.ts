import { debuglog } from 'node:util';
import type { DBSnapshot, Tag } from '@aws-sdk/client-rds';
import { AwsError } from '../../service.ts';
import { describeInstance } from './describe-instance.ts';
import { invalidValue } from './errors.ts';
import type { RdsState, StoredInstance, StoredSnapshot } from './state.ts';
import { arnOf, statusOf } from './state.ts';

const log = debuglog('stormproof:rds-api');

export interface NewSnapshot {
  readonly identifier: string;
  readonly type: StoredSnapshot['type'];
  readonly tags?: readonly Tag[];
}

/**
 * A snapshot that is `creating`, and the promise of its end. The instance is `backing-up` meanwhile, unless it goes.
 * Messages: RDS User Guide, "Amazon RDS event categories and event messages", 0001, 0002, 0040, 0042, 0090 and 0091.
 */
export function startSnapshot(
  state: RdsState,
  instance: StoredInstance,
  { identifier, type, tags = [] }: NewSnapshot,
): { readonly snapshot: StoredSnapshot; readonly done: Promise<void> } {
  const { context, snapshots } = state;
  const arn = arnOf(state, 'snapshot', identifier);
  if (snapshots.has(identifier))
    throw new AwsError(
      'DBSnapshotAlreadyExists',
      `Cannot create the snapshot because a snapshot with the identifier ${identifier} already exists.`,
    );
  const source = describeInstance(state, instance);
  const backup = context.random.uuid();
  const snapshot: StoredSnapshot = {
    identifier,
    type,
    backup,
    source,
    status: 'creating',
    createdAt: context.clock.now(),
  };
  snapshots.set(identifier, snapshot);
  state.tags.add(arn, [...(source.CopyTagsToSnapshot ? (source.TagList ?? []) : []), ...tags]);
  instance.backingUp = true;
  return { snapshot, done: take(state, instance, snapshot) };
}

async function take(state: RdsState, instance: StoredInstance, snapshot: StoredSnapshot): Promise<void> {
  const { engine } = state.ports;
  tell(state, snapshot, `Creating ${snapshot.type} snapshot`);
  tellOfInstance(state, instance, 'Backing up DB instance');
  try {
    await engine.backUp(instance.identifier, snapshot.backup);
    snapshot.status = 'available';
    tellOfInstance(state, instance, 'Finished DB Instance backup');
    tell(
      state,
      snapshot,
      snapshot.type === 'manual' ? 'Manual snapshot created' : 'Automated snapshot created',
    );
  } catch (error) {
    snapshot.status = 'failed';
    log('%s: %O', snapshot.identifier, error);
  }
  instance.backingUp = false;
  state.context.changed();
}

/** Asked for with the deletion of its instance, which waits for it. */
export function finalSnapshot(state: RdsState, instance: StoredInstance, identifier: string): Promise<void> {
  checkSnapshotIdentifier(identifier);
  if (statusOf(instance) !== 'available')
    throw new AwsError(
      'InvalidDBInstanceState',
      `Instance ${instance.identifier} is not in available state.`,
    );
  return startSnapshot(state, instance, { identifier: identifier.toLowerCase(), type: 'manual' }).done;
}

/** By name or ARN. */
export function findSnapshot(state: RdsState, identifier = ''): StoredSnapshot {
  const name = identifier.toLowerCase().replace(arnOf(state, 'snapshot', ''), '');
  const snapshot = state.snapshots.get(name);
  if (!snapshot) throw new AwsError('DBSnapshotNotFound', `DBSnapshot ${identifier} not found.`);
  return snapshot;
}

export async function dropSnapshot(state: RdsState, { identifier, backup }: StoredSnapshot): Promise<void> {
  state.snapshots.delete(identifier);
  state.tags.drop(arnOf(state, 'snapshot', identifier));
  await state.ports.engine.dropBackup(backup);
}

/** RDS API reference, CreateDBSnapshot. */
export function checkSnapshotIdentifier(identifier: string): void {
  if (!/^[A-Za-z](-?[A-Za-z0-9])*$/.test(identifier) || identifier.length > 255)
    throw invalidValue(
      `The parameter DBSnapshotIdentifier is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.`,
    );
}

export function describeSnapshot(state: RdsState, snapshot: StoredSnapshot): DBSnapshot {
  const { identifier, source, type, status, createdAt } = snapshot;
  const {
    DBInstanceIdentifier,
    Engine,
    EngineVersion,
    AllocatedStorage,
    AvailabilityZone,
    MasterUsername,
    LicenseModel,
    Iops,
    StorageThroughput,
    StorageType,
    KmsKeyId,
    DbiResourceId,
    InstanceCreateTime,
  } = source;
  return {
    DBInstanceIdentifier,
    Engine,
    EngineVersion,
    AllocatedStorage,
    AvailabilityZone,
    MasterUsername,
    LicenseModel,
    Iops,
    StorageThroughput,
    StorageType,
    KmsKeyId,
    DbiResourceId,
    InstanceCreateTime,
    DBSnapshotIdentifier: identifier,
    DBSnapshotArn: arnOf(state, 'snapshot', identifier),
    SnapshotType: type,
    Status: status,
    PercentProgress: status === 'available' ? 100 : 0,
    SnapshotCreateTime: status === 'creating' ? undefined : createdAt,
    OriginalSnapshotCreateTime: status === 'creating' ? undefined : createdAt,
    Port: source.Endpoint?.Port,
    VpcId: source.DBSubnetGroup?.VpcId,
    Encrypted: source.StorageEncrypted,
    IAMDatabaseAuthenticationEnabled: source.IAMDatabaseAuthenticationEnabled,
    SnapshotTarget: 'region',
    TagList: state.tags.list(arnOf(state, 'snapshot', identifier)),
  };
}

function tellOfInstance(state: RdsState, { identifier }: StoredInstance, message: string): void {
  state.events.add({ identifier, sourceType: 'db-instance', message, categories: ['backup'] });
}

function tell(state: RdsState, { identifier }: StoredSnapshot, message: string): void {
  state.events.add({ identifier, sourceType: 'db-snapshot', message, categories: ['creation'] });
}
