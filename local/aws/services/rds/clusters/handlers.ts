import { debuglog } from 'node:util';
import type {
  CreateDBClusterMessage,
  DBCluster,
  DBClusterMessage,
  DeleteDBClusterMessage,
  DeleteDBClusterResult,
  DescribeDBClustersMessage,
  FailoverDBClusterMessage,
  FailoverDBClusterResult,
  ModifyDBClusterMessage,
  RebootDBClusterMessage,
  RebootDBClusterResult,
} from '@aws-sdk/client-rds';
import { AwsError } from '../../../service.ts';
import { describePage } from '../describe-page.ts';
import { invalidCombination, invalidValue } from '../errors.ts';
import type { RdsState } from '../state.ts';
import { arnOf } from '../state.ts';
import { createCluster } from './create.ts';
import { describeCluster } from './describe.ts';
import type { ClusterEngine } from './engine.ts';
import { modifyCluster } from './modify.ts';
import type { StoredCluster } from './state.ts';
import { clusterStatusOf, findCluster } from './state.ts';

const log = debuglog('stormproof:rds-api');

export function clusterHandlers(state: RdsState, engine: ClusterEngine) {
  return {
    CreateDBCluster: (input: CreateDBClusterMessage) => createCluster(state, engine, input),
    DescribeDBClusters: (input: DescribeDBClustersMessage) => describeClusters(state, input),
    ModifyDBCluster: (input: ModifyDBClusterMessage) => modifyCluster(state, input),
    FailoverDBCluster: (input: FailoverDBClusterMessage) => failover(state, engine, input),
    RebootDBCluster: (input: RebootDBClusterMessage) => reboot(state, engine, input),
    DeleteDBCluster: (input: DeleteDBClusterMessage) => deleteCluster(state, engine, input),
  };
}

function describeClusters(state: RdsState, input: DescribeDBClustersMessage): DBClusterMessage {
  const { DBClusterIdentifier: identifier, Filters = [] } = input;
  const found = identifier ? [findCluster(state, identifier)] : [...state.clusters.values()];
  const matching = found
    .map((cluster) => describeCluster(state, cluster))
    .filter((cluster) => Filters.every(({ Name = '', Values = [] }) => matches(cluster, Name, Values)));
  const page = describePage(matching, input, ({ DBClusterIdentifier = '' }) => DBClusterIdentifier);
  return { DBClusters: page.items, Marker: page.Marker };
}

function matches(cluster: DBCluster, name: string, values: string[]): boolean {
  const { DBClusterIdentifier = '', DBClusterArn = '', DbClusterResourceId = '', Engine = '' } = cluster;
  if (name === 'db-cluster-id') return values.includes(DBClusterIdentifier) || values.includes(DBClusterArn);
  if (name === 'db-cluster-resource-id') return values.includes(DbClusterResourceId);
  if (name === 'engine') return values.includes(Engine);
  throw invalidValue(`Unrecognized filter name: ${name}`);
}

async function failover(
  state: RdsState,
  engine: ClusterEngine,
  { DBClusterIdentifier, TargetDBInstanceIdentifier }: FailoverDBClusterMessage,
): Promise<FailoverDBClusterResult> {
  const cluster = findAvailable(state, DBClusterIdentifier);
  const target = TargetDBInstanceIdentifier?.toLowerCase();
  const readers = cluster.engine?.members.filter(({ role }) => role === 'reader') ?? [];
  if (target !== undefined && !readers.some(({ identifier }) => identifier === target))
    throw new AwsError(
      'InvalidDBInstanceState',
      `DB instance ${target} is not a reader of the DB cluster ${cluster.identifier}.`,
    );
  await accepted(cluster, engine.failover(cluster.identifier, { target }));
  return { DBCluster: describeCluster(state, cluster) };
}

async function reboot(
  state: RdsState,
  engine: ClusterEngine,
  { DBClusterIdentifier }: RebootDBClusterMessage,
): Promise<RebootDBClusterResult> {
  const cluster = findAvailable(state, DBClusterIdentifier);
  await accepted(cluster, engine.reboot(cluster.identifier));
  return { DBCluster: describeCluster(state, cluster) };
}

function findAvailable(state: RdsState, identifier: string | undefined): StoredCluster {
  const cluster = findCluster(state, identifier);
  if (clusterStatusOf(cluster) !== 'available') throw notAvailable(cluster);
  return cluster;
}

async function accepted(cluster: StoredCluster, asked: Promise<void>): Promise<void> {
  try {
    await asked;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'InvalidState') throw notAvailable(cluster);
    throw error;
  }
}

function notAvailable({ identifier }: StoredCluster): AwsError {
  return new AwsError('InvalidDBClusterStateFault', `DB cluster ${identifier} is not in available state.`);
}

function deleteCluster(
  state: RdsState,
  engine: ClusterEngine,
  input: DeleteDBClusterMessage,
): DeleteDBClusterResult {
  const cluster = findCluster(state, input.DBClusterIdentifier);
  const { SkipFinalSnapshot = false, FinalDBSnapshotIdentifier } = input;
  if (cluster.settings.DeletionProtection)
    throw invalidCombination(
      'Cannot delete protected Cluster, please disable deletion protection and try again.',
    );
  if (SkipFinalSnapshot && FinalDBSnapshotIdentifier)
    throw invalidCombination(
      'FinalDBSnapshotIdentifier can not be specified when deleting with SkipFinalSnapshot.',
    );
  if (!SkipFinalSnapshot && !FinalDBSnapshotIdentifier)
    throw invalidCombination('FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.');
  if (FinalDBSnapshotIdentifier)
    throw new AwsError('SnapshotQuotaExceeded', 'Cannot create more than 0 manual snapshots');
  if (cluster.deleting)
    throw new AwsError(
      'InvalidDBClusterStateFault',
      `DB cluster ${cluster.identifier} is already being deleted.`,
    );
  cluster.deleting = true;
  void remove(state, engine, cluster);
  return { DBCluster: describeCluster(state, cluster) };
}

async function remove(state: RdsState, engine: ClusterEngine, cluster: StoredCluster): Promise<void> {
  const { identifier, failed, members } = cluster;
  try {
    if (!failed) await engine.delete(identifier);
  } catch (error) {
    cluster.deleting = false;
    cluster.failed = true;
    log('%s: %O', identifier, error);
    return state.context.changed();
  }
  state.clusters.delete(identifier);
  state.tags.drop(arnOf(state, 'cluster', identifier));
  for (const member of members) state.tags.drop(arnOf(state, 'db', member.identifier));
  state.context.changed();
}
