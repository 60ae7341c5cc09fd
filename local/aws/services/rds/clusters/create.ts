import { debuglog } from 'node:util';
import type { CreateDBClusterMessage, CreateDBClusterResult, DBCluster } from '@aws-sdk/client-rds';
import { AwsError } from '../../../service.ts';
import { certificateAuthority, familyOf, resolveVersion } from '../engine-versions.ts';
import { securityGroupsOf } from '../security-groups.ts';
import type { RdsState } from '../state.ts';
import { arnOf } from '../state.ts';
import { findSubnetGroup, zonesOf } from '../subnet-groups.ts';
import { checkCluster } from './check.ts';
import { describeCluster } from './describe.ts';
import type { ClusterEngine, ClusterSpecification, MemberPlace } from './engine.ts';
import type { StoredCluster } from './state.ts';

const log = debuglog('stormproof:rds-api');

/** Answers at once with `creating`; the engine works on. The password goes to the engine and nowhere else. */
export function createCluster(
  state: RdsState,
  engine: ClusterEngine,
  input: CreateDBClusterMessage,
): CreateDBClusterResult {
  const version = resolveVersion(input.Engine ?? '', input.EngineVersion);
  checkCluster(input);
  const identifier = (input.DBClusterIdentifier ?? '').toLowerCase();
  if (state.clusters.has(identifier))
    throw new AwsError('DBClusterAlreadyExistsFault', 'DB Cluster already exists');
  const group = `default.${familyOf(version)}`;
  if ((input.DBClusterParameterGroupName ?? group) !== group)
    throw new AwsError(
      'DBClusterParameterGroupNotFound',
      `DBClusterParameterGroup not found: ${input.DBClusterParameterGroupName}`,
    );
  const subnetGroup = findSubnetGroup(state, input.DBSubnetGroupName ?? 'default');
  const members = placesOf(state, identifier, zonesOf(subnetGroup));
  const cluster: StoredCluster = {
    identifier,
    endpointName: `${identifier}.cluster-${state.endpointSuffix}`,
    readerEndpointName: `${identifier}.cluster-ro-${state.endpointSuffix}`,
    subnetGroup: subnetGroup.DBSubnetGroupName ?? '',
    members,
    resourceIds: members.map(() => `db-${state.context.random.text(26).toUpperCase()}`),
    settings: {
      ...settingsOf(state, input, version),
      DBClusterIdentifier: identifier,
      DBClusterParameterGroup: group,
      DBSubnetGroup: subnetGroup.DBSubnetGroupName,
      AvailabilityZones: members.map(({ zone }) => zone),
      VpcSecurityGroups: securityGroupsOf(state.ports, subnetGroup, input.VpcSecurityGroupIds),
    },
    deleting: false,
    failed: false,
    engine: undefined,
    firstAvailableAt: undefined,
  };
  state.clusters.set(identifier, cluster);
  state.tags.add(arnOf(state, 'cluster', identifier), input.Tags ?? []);
  void build(state, cluster, engine.create(specificationOf(cluster, input)));
  state.context.changed();
  return { DBCluster: describeCluster(state, cluster) };
}

async function build(
  { context }: RdsState,
  cluster: StoredCluster,
  created: Promise<unknown>,
): Promise<void> {
  try {
    await created;
  } catch (error) {
    if (cluster.deleting || context.signal.aborted) return;
    cluster.failed = true;
    log('%s: %O', cluster.identifier, error);
  }
  context.changed();
}

function specificationOf(cluster: StoredCluster, input: CreateDBClusterMessage): ClusterSpecification {
  const { identifier, endpointName, readerEndpointName, members } = cluster;
  return {
    identifier,
    endpointName,
    readerEndpointName,
    databaseName: input.DatabaseName,
    masterUsername: input.MasterUsername ?? '',
    masterPassword: input.MasterUserPassword ?? '',
    port: input.Port ?? 5432,
    members,
    parameters: {},
  };
}

/** RDS names the instances of a Multi-AZ DB cluster after it, and gives each a zone of its own. */
function placesOf(
  { endpointSuffix }: RdsState,
  cluster: string,
  zones: readonly string[],
): StoredCluster['members'] {
  const [first, second, third] = zones.map((zone, index): MemberPlace => {
    const identifier = `${cluster}-instance-${index + 1}`;
    return { identifier, endpointName: `${identifier}.${endpointSuffix}`, zone };
  });
  if (first && second && third) return [first, second, third];
  throw new AwsError(
    'DBSubnetGroupDoesNotCoverEnoughAZs',
    `The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: ${zones.join(', ')}. Add subnets to cover at least 3 AZs.`,
  );
}

/** Defaults: RDS API reference, CreateDBCluster. */
function settingsOf({ context }: RdsState, input: CreateDBClusterMessage, version: string): DBCluster {
  const { accountId, region, random } = context;
  const encrypted = input.StorageEncrypted ?? false;
  return {
    DBClusterInstanceClass: input.DBClusterInstanceClass,
    Engine: 'postgres',
    EngineVersion: version,
    EngineMode: 'provisioned',
    MultiAZ: true,
    MasterUsername: input.MasterUsername,
    DatabaseName: input.DatabaseName,
    Port: input.Port ?? 5432,
    AllocatedStorage: input.AllocatedStorage,
    StorageType: input.StorageType ?? 'io1',
    Iops: input.Iops,
    StorageEncrypted: encrypted,
    KmsKeyId: encrypted
      ? (input.KmsKeyId ?? `arn:aws:kms:${region}:${accountId}:key/${random.uuid()}`)
      : undefined,
    BackupRetentionPeriod: input.BackupRetentionPeriod ?? 1,
    PreferredBackupWindow: input.PreferredBackupWindow ?? '04:00-04:30',
    PreferredMaintenanceWindow: (input.PreferredMaintenanceWindow ?? 'sun:06:00-sun:06:30').toLowerCase(),
    ReadReplicaIdentifiers: [],
    AssociatedRoles: [],
    HostedZoneId: 'Z2R2ITUGPM61AM',
    DbClusterResourceId: `cluster-${random.text(26).toUpperCase()}`,
    IAMDatabaseAuthenticationEnabled: false,
    DeletionProtection: input.DeletionProtection ?? false,
    HttpEndpointEnabled: false,
    ActivityStreamStatus: 'stopped',
    CopyTagsToSnapshot: input.CopyTagsToSnapshot ?? false,
    CrossAccountClone: false,
    PubliclyAccessible: input.PubliclyAccessible ?? false,
    AutoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? true,
    MonitoringInterval: input.MonitoringInterval ?? 0,
    PerformanceInsightsEnabled: input.EnablePerformanceInsights ?? false,
    NetworkType: 'IPV4',
    CertificateDetails: { CAIdentifier: input.CACertificateIdentifier ?? certificateAuthority },
  };
}
