import type { DBCluster, ModifyDBClusterMessage, ModifyDBClusterResult } from '@aws-sdk/client-rds';
import { AwsError } from '../../../service.ts';
import { checkSettings } from '../check-instance.ts';
import { invalidCombination } from '../errors.ts';
import { securityGroupsOf } from '../security-groups.ts';
import type { RdsState } from '../state.ts';
import { findSubnetGroup } from '../subnet-groups.ts';
import { describeCluster } from './describe.ts';
import { clusterStatusOf, findCluster } from './state.ts';

/** Changes what needs no work of the engine; the rest is refused, because nothing here could do it. */
export function modifyCluster(state: RdsState, input: ModifyDBClusterMessage): ModifyDBClusterResult {
  const cluster = findCluster(state, input.DBClusterIdentifier);
  const { identifier, settings } = cluster;
  if (clusterStatusOf(cluster) !== 'available')
    throw new AwsError('InvalidDBClusterStateFault', `DB cluster ${identifier} is not in available state.`);
  checkSettings(input);
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  const changes = given.filter(([name]) => changeable.has(name));
  const refused = given.find(
    ([name, value]) =>
      !changeable.has(name) && !notAChange.has(name) && settings[name as keyof DBCluster] !== value,
  );
  if (refused) throw invalidCombination(`${refused[0]} cannot be modified for this DB cluster.`);
  cluster.settings = { ...settings, ...Object.fromEntries(changes) };
  if (input.VpcSecurityGroupIds?.length) {
    const subnetGroup = findSubnetGroup(state, cluster.subnetGroup);
    cluster.settings.VpcSecurityGroups = securityGroupsOf(
      state.ports,
      subnetGroup,
      input.VpcSecurityGroupIds,
    );
  }
  state.context.changed();
  return { DBCluster: describeCluster(state, cluster) };
}

const changeable = new Set<string>([
  'BackupRetentionPeriod',
  'PreferredBackupWindow',
  'PreferredMaintenanceWindow',
  'AutoMinorVersionUpgrade',
  'CopyTagsToSnapshot',
  'DeletionProtection',
  'MonitoringInterval',
] satisfies (keyof ModifyDBClusterMessage & keyof DBCluster)[]);

const notAChange = new Set<string>([
  'DBClusterIdentifier',
  'ApplyImmediately',
  'VpcSecurityGroupIds',
] satisfies (keyof ModifyDBClusterMessage)[]);
