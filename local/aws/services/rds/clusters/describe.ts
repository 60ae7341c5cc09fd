import type { DBCluster, DBInstance } from '@aws-sdk/client-rds';
import { familyOf } from '../engine-versions.ts';
import type { RdsState } from '../state.ts';
import { arnOf } from '../state.ts';
import type { StoredCluster } from './state.ts';
import { clusterStatusOf } from './state.ts';

/** The cluster as asked for, with what its engine says of it. Never a password. */
export function describeCluster(state: RdsState, cluster: StoredCluster): DBCluster {
  const { identifier, settings, engine, members, endpointName, readerEndpointName } = cluster;
  return {
    ...settings,
    DBClusterArn: arnOf(state, 'cluster', identifier),
    Status: clusterStatusOf(cluster),
    ClusterCreateTime: cluster.firstAvailableAt,
    Endpoint: endpointName,
    ReaderEndpoint: readerEndpointName,
    DBClusterMembers: members.map((member) => ({
      DBInstanceIdentifier: member.identifier,
      IsClusterWriter: roleOf(engine, member.identifier) === 'writer',
      DBClusterParameterGroupStatus: 'in-sync',
      PromotionTier: 1,
    })),
    TagList: state.tags.list(arnOf(state, 'cluster', identifier)),
  };
}

/** The members, as DescribeDBInstances shows them: single-AZ instances that name their cluster. */
export function describeMembers(state: RdsState, cluster: StoredCluster): DBInstance[] {
  const { identifier, settings, engine, members, firstAvailableAt } = cluster;
  const status = clusterStatusOf(cluster);
  return members.map((member, index) => ({
    DBInstanceIdentifier: member.identifier,
    DBInstanceArn: arnOf(state, 'db', member.identifier),
    DBClusterIdentifier: identifier,
    DBInstanceClass: settings.DBClusterInstanceClass,
    Engine: settings.Engine,
    EngineVersion: settings.EngineVersion,
    DBInstanceStatus:
      status === 'deleting' || status === 'failed'
        ? status
        : (engine?.members.find((seen) => seen.identifier === member.identifier)?.status ?? 'creating'),
    MasterUsername: settings.MasterUsername,
    DBName: settings.DatabaseName,
    Endpoint: firstAvailableAt && {
      Address: member.endpointName,
      Port: settings.Port,
      HostedZoneId: settings.HostedZoneId,
    },
    InstanceCreateTime: firstAvailableAt,
    AvailabilityZone: member.zone,
    MultiAZ: false,
    PromotionTier: 1,
    AllocatedStorage: settings.AllocatedStorage,
    StorageType: settings.StorageType,
    Iops: settings.Iops,
    StorageEncrypted: settings.StorageEncrypted,
    KmsKeyId: settings.KmsKeyId,
    BackupRetentionPeriod: settings.BackupRetentionPeriod,
    PreferredBackupWindow: settings.PreferredBackupWindow,
    PreferredMaintenanceWindow: settings.PreferredMaintenanceWindow,
    VpcSecurityGroups: settings.VpcSecurityGroups,
    DBSubnetGroup: state.subnetGroups.get(cluster.subnetGroup),
    DBParameterGroups: [
      {
        DBParameterGroupName: `default.${familyOf(settings.EngineVersion ?? '')}`,
        ParameterApplyStatus: 'in-sync',
      },
    ],
    PubliclyAccessible: settings.PubliclyAccessible,
    AutoMinorVersionUpgrade: settings.AutoMinorVersionUpgrade,
    DeletionProtection: settings.DeletionProtection,
    DbiResourceId: cluster.resourceIds[index],
    DbInstancePort: 0,
    CACertificateIdentifier: settings.CertificateDetails?.CAIdentifier,
    CertificateDetails: settings.CertificateDetails,
    NetworkType: 'IPV4',
    LicenseModel: 'postgresql-license',
    TagList: state.tags.list(arnOf(state, 'db', member.identifier)),
  }));
}

function roleOf(engine: StoredCluster['engine'], identifier: string): 'writer' | 'reader' | undefined {
  return engine?.members.find((member) => member.identifier === identifier)?.role;
}
