import { debuglog } from 'node:util';
import type {
  CreateDBInstanceMessage,
  DBInstance,
  DBInstanceMessage,
  DeleteDBInstanceMessage,
  DeleteDBInstanceResult,
  DescribeDBInstancesMessage,
  ModifyDBInstanceMessage,
  RebootDBInstanceMessage,
  RebootDBInstanceResult,
} from '@aws-sdk/client-rds';
import { AwsError } from '../../service.ts';
import { giveAllParameters } from './apply-parameters.ts';
import { dropAutomatedSnapshots } from './automated-backups.ts';
import { describeMembers } from './clusters/describe.ts';
import { createInstance } from './create-instance.ts';
import { describeInstance } from './describe-instance.ts';
import { describePage } from './describe-page.ts';
import { invalidCombination, invalidValue } from './errors.ts';
import { dropMasterSecret } from './master-secret.ts';
import { modifyInstance } from './modify-instance.ts';
import { finalSnapshot } from './snapshots.ts';
import type { RdsState, StoredInstance } from './state.ts';
import { arnOf, findInstance, statusOf } from './state.ts';
import { accepted } from './stop-instance.ts';

const log = debuglog('stormproof:rds-api');

export function instanceHandlers(state: RdsState) {
  return {
    CreateDBInstance: (input: CreateDBInstanceMessage) => createInstance(state, input),
    ModifyDBInstance: (input: ModifyDBInstanceMessage) => modifyInstance(state, input),
    DescribeDBInstances: (input: DescribeDBInstancesMessage) => describeInstances(state, input),
    RebootDBInstance: (input: RebootDBInstanceMessage) => rebootInstance(state, input),
    DeleteDBInstance: (input: DeleteDBInstanceMessage) => deleteInstance(state, input),
  };
}

function describeInstances(state: RdsState, input: DescribeDBInstancesMessage): DBInstanceMessage {
  const { DBInstanceIdentifier: identifier, Filters = [] } = input;
  const all = [
    ...[...state.instances.values()].map((instance) => describeInstance(state, instance)),
    ...[...state.clusters.values()].flatMap((cluster) => describeMembers(state, cluster)),
  ];
  const wanted = identifier?.toLowerCase();
  const found = all.filter(
    ({ DBInstanceIdentifier }) => wanted === undefined || DBInstanceIdentifier === wanted,
  );
  if (identifier && found.length === 0) findInstance(state, identifier);
  const matching = found.filter((instance) =>
    Filters.every(({ Name = '', Values = [] }) => matches(instance, Name, Values)),
  );
  const page = describePage(matching, input, ({ DBInstanceIdentifier = '' }) => DBInstanceIdentifier);
  return { DBInstances: page.items, Marker: page.Marker };
}

function matches(instance: DBInstance, name: string, values: string[]): boolean {
  const { DBInstanceIdentifier = '', DBInstanceArn = '', DbiResourceId = '', DBClusterIdentifier } = instance;
  if (name === 'engine') return values.includes('postgres');
  if (name === 'dbi-resource-id') return values.includes(DbiResourceId);
  if (name === 'db-instance-id')
    return values.includes(DBInstanceIdentifier) || values.includes(DBInstanceArn);
  if (name === 'db-cluster-id') return values.includes(DBClusterIdentifier ?? '');
  throw invalidValue(`Unrecognized filter name: ${name}`);
}

async function rebootInstance(
  state: RdsState,
  { DBInstanceIdentifier, ForceFailover = false }: RebootDBInstanceMessage,
): Promise<RebootDBInstanceResult> {
  const instance = findInstance(state, DBInstanceIdentifier);
  if (statusOf(instance) !== 'available') throw notAvailable(instance);
  if (ForceFailover && !instance.settings.MultiAZ)
    throw invalidCombination('Failover cannot be forced on a DB instance that is not Multi-AZ.');
  await giveAllParameters(state, instance);
  const asked = state.ports.engine.reboot(instance.identifier, { forceFailover: ForceFailover });
  await accepted(asked, () => notAvailable(instance));
  const described = describeInstance(state, instance);
  return { DBInstance: { ...described, DBInstanceStatus: 'rebooting' } };
}

function notAvailable({ identifier }: StoredInstance): AwsError {
  return new AwsError('InvalidDBInstanceState', `DB Instance ${identifier} is not in available state.`);
}

function deleteInstance(state: RdsState, input: DeleteDBInstanceMessage): DeleteDBInstanceResult {
  const instance = findInstance(state, input.DBInstanceIdentifier);
  const { SkipFinalSnapshot = false, FinalDBSnapshotIdentifier } = input;
  if (instance.settings.DeletionProtection)
    throw invalidCombination(
      'Cannot delete protected DB Instance, please disable deletion protection and try again.',
    );
  if (SkipFinalSnapshot && FinalDBSnapshotIdentifier)
    throw invalidCombination(
      'FinalDBSnapshotIdentifier can not be specified when deleting with SkipFinalSnapshot.',
    );
  if (!SkipFinalSnapshot && !FinalDBSnapshotIdentifier)
    throw invalidCombination('FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.');
  if (instance.deleting)
    throw new AwsError('InvalidDBInstanceState', `Instance ${instance.identifier} is already being deleted.`);
  const last = FinalDBSnapshotIdentifier && finalSnapshot(state, instance, FinalDBSnapshotIdentifier);
  instance.deleting = true;
  void remove(state, instance, last || undefined);
  return { DBInstance: describeInstance(state, instance) };
}

async function remove(
  state: RdsState,
  instance: StoredInstance,
  last: Promise<void> | undefined,
): Promise<void> {
  const { identifier, failed } = instance;
  try {
    await last;
    if (!failed) await state.ports.engine.delete(identifier);
  } catch (error) {
    instance.deleting = false;
    instance.failed = 'failed';
    log('%s: %O', identifier, error);
    return state.context.changed();
  }
  await dropAutomatedSnapshots(state, instance);
  state.instances.delete(identifier);
  dropMasterSecret(state, instance);
  state.tags.drop(arnOf(state, 'db', identifier));
  state.context.changed();
}
