import type { DBInstance, ModifyDBInstanceMessage, ModifyDBInstanceResult } from '@aws-sdk/client-rds';
import { AwsError } from '../../service.ts';
import { checkClass, checkFamily, checkSettings } from './check-instance.ts';
import { describeInstance } from './describe-instance.ts';
import { upgradeTarget } from './engine-versions.ts';
import { invalidCombination } from './errors.ts';
import { credentialsChange } from './master-secret.ts';
import { findParameterGroup } from './parameter-groups.ts';
import { applyPendingChanges, deferChanges, isAsynchronous } from './pending-changes.ts';
import { securityGroupsOf } from './security-groups.ts';
import type { RdsState, StoredInstance } from './state.ts';
import { findInstance, statusOf } from './state.ts';
import { findSubnetGroup } from './subnet-groups.ts';

/**
 * What needs the servers, or waits for the maintenance window where ApplyImmediately is absent, goes through the
 * pending changes; everything else is in force when this returns.
 */
export function modifyInstance(state: RdsState, input: ModifyDBInstanceMessage): ModifyDBInstanceResult {
  const instance = findInstance(state, input.DBInstanceIdentifier);
  const { settings } = instance;
  checkStatus(instance, input);
  checkSettings(input);
  if (input.DBInstanceClass !== undefined) checkClass(input.DBInstanceClass);
  refuseUnable(settings, input);
  const groups = securityGroupChange(state, instance, input);
  const EngineVersion = upgradeTarget(settings.EngineVersion ?? '', input);
  const days = input.BackupRetentionPeriod;
  const daysAtOnce = isAsynchronous(settings, days);
  const changeCredentials = credentialsChange(state, instance, input);
  if (input.DBParameterGroupName) changeParameterGroup(state, instance, input.DBParameterGroupName);
  instance.settings = {
    ...settings,
    ...changesOf(input),
    ...groups,
    ...(daysAtOnce ? { BackupRetentionPeriod: days } : {}),
  };
  deferChanges(instance, {
    ...input,
    EngineVersion,
    BackupRetentionPeriod: daysAtOnce ? undefined : days,
    IAMDatabaseAuthenticationEnabled: input.EnableIAMDatabaseAuthentication,
  });
  changeCredentials();
  if (input.ApplyImmediately) applyPendingChanges(state, instance);
  state.context.changed();
  return { DBInstance: describeInstance(state, instance) };
}

/** RDS User Guide, "Stopping a DB instance temporarily": only its parameter group can be another. */
function checkStatus(instance: StoredInstance, input: ModifyDBInstanceMessage): void {
  const { DBInstanceIdentifier, DBParameterGroupName, ApplyImmediately, ...others } = input;
  const status = statusOf(instance);
  const onlyGroup = Object.values(others).every((value) => value === undefined);
  if (status !== 'available' && !(status === 'stopped' && DBParameterGroupName && onlyGroup))
    throw new AwsError('InvalidDBInstanceState', 'Database instance is not in available state.');
}

/** RDS User Guide: another parameter group takes effect only with a reboot. */
function changeParameterGroup(state: RdsState, instance: StoredInstance, asked: string): void {
  const group = findParameterGroup(state, asked);
  checkFamily(group, instance.settings.EngineVersion ?? '');
  const name = group.group.DBParameterGroupName ?? '';
  if (name === instance.parameterGroup) return;
  instance.parameterGroup = name;
  instance.pendingReboot = true;
  // RDS-EVENT-0011 and 0092.
  for (const message of [`Updated to use DBParameterGroup ${name}`, 'Finished updating DB parameter group'])
    state.events.add({
      identifier: instance.identifier,
      sourceType: 'db-instance',
      message,
      categories: ['configuration change'],
    });
}

function refuseUnable(settings: DBInstance, input: ModifyDBInstanceMessage): void {
  for (const member of ['StorageType', 'Iops'] as const)
    if (input[member] !== undefined && input[member] !== settings[member])
      throw new AwsError(
        'InsufficientDBInstanceCapacity',
        `Cannot change ${member} from ${settings[member]} to ${input[member]}: no capacity is available for the DB instance.`,
      );
  for (const member of ['DBPortNumber', 'NewDBInstanceIdentifier', 'DBSubnetGroupName'] as const)
    if (input[member] !== undefined)
      throw invalidCombination(`${member} cannot be modified for this DB instance.`);
  if ((input.AllocatedStorage ?? Number.MAX_SAFE_INTEGER) < (settings.AllocatedStorage ?? 0))
    throw invalidCombination(
      'Invalid storage size: the allocated storage of a DB instance cannot be reduced.',
    );
}

/** Applied at once, whatever ApplyImmediately says (RDS User Guide, "Settings for DB instances"). */
const atOnce = [
  'MaxAllocatedStorage',
  'PreferredBackupWindow',
  'PreferredMaintenanceWindow',
  'AutoMinorVersionUpgrade',
  'CopyTagsToSnapshot',
  'DeletionProtection',
  'PubliclyAccessible',
  'MonitoringInterval',
] as const satisfies readonly (keyof DBInstance & keyof ModifyDBInstanceMessage)[];

function changesOf(input: ModifyDBInstanceMessage): Partial<DBInstance> {
  const given = atOnce.filter((member) => input[member] !== undefined);
  const changes: Partial<DBInstance> = Object.fromEntries(given.map((member) => [member, input[member]]));
  if (input.PreferredMaintenanceWindow)
    changes.PreferredMaintenanceWindow = input.PreferredMaintenanceWindow.toLowerCase();
  return changes;
}

function securityGroupChange(
  state: RdsState,
  { subnetGroup }: StoredInstance,
  { VpcSecurityGroupIds: asked = [] }: ModifyDBInstanceMessage,
): Partial<DBInstance> {
  if (asked.length === 0) return {};
  return { VpcSecurityGroups: securityGroupsOf(state.ports, findSubnetGroup(state, subnetGroup), asked) };
}
