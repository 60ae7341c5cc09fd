import type { DBInstance, ModifyDBInstanceMessage, ModifyDBInstanceResult } from '@aws-sdk/client-rds';
import { AwsError } from '../../service.ts';
import { applyParameters } from './apply-parameters.ts';
import { passwordChange } from './change-password.ts';
import { checkFamily, checkSettings } from './check-instance.ts';
import { describeInstance } from './describe-instance.ts';
import { invalidCombination } from './errors.ts';
import { findParameterGroup } from './parameter-groups.ts';
import { securityGroupsOf } from './security-groups.ts';
import type { RdsState, StoredInstance } from './state.ts';
import { findInstance, statusOf } from './state.ts';
import { findSubnetGroup } from './subnet-groups.ts';

/** Changes what needs no work of the engine; the rest is refused, because nothing here could do it. */
export function modifyInstance(state: RdsState, input: ModifyDBInstanceMessage): ModifyDBInstanceResult {
  const instance = findInstance(state, input.DBInstanceIdentifier);
  if (statusOf(instance) !== 'available')
    throw new AwsError('InvalidDBInstanceState', `Database instance is not in available state.`);
  checkSettings(input);
  refuseUnable(instance.settings, input);
  const groups = securityGroupChange(state, instance, input);
  const { MasterUserPassword: password } = input;
  const changePassword = password === undefined ? undefined : passwordChange(state, instance, password);
  if (input.DBParameterGroupName) {
    const group = findParameterGroup(state, input.DBParameterGroupName);
    checkFamily(group, instance.settings.EngineVersion ?? '');
    const name = group.group.DBParameterGroupName ?? '';
    if (name !== instance.parameterGroup) {
      instance.parameterGroup = name;
      // RDS user guide: another parameter group takes effect only with a reboot.
      instance.pendingReboot = true;
      applyParameters(state, name);
    }
  }
  instance.settings = { ...instance.settings, ...changesOf(input), ...groups };
  changePassword?.();
  state.context.changed();
  return { DBInstance: describeInstance(state, instance) };
}

const unable = [
  'DBInstanceClass',
  'MultiAZ',
  'EngineVersion',
  'StorageType',
  'Iops',
] as const satisfies readonly (keyof DBInstance & keyof ModifyDBInstanceMessage)[];

function refuseUnable(settings: DBInstance, input: ModifyDBInstanceMessage): void {
  for (const member of unable)
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

const copied = [
  'AllocatedStorage',
  'MaxAllocatedStorage',
  'BackupRetentionPeriod',
  'PreferredBackupWindow',
  'PreferredMaintenanceWindow',
  'AutoMinorVersionUpgrade',
  'CopyTagsToSnapshot',
  'DeletionProtection',
  'PubliclyAccessible',
  'MonitoringInterval',
] as const satisfies readonly (keyof DBInstance & keyof ModifyDBInstanceMessage)[];

function changesOf(input: ModifyDBInstanceMessage): Partial<DBInstance> {
  const given = copied.filter((member) => input[member] !== undefined);
  return Object.fromEntries(given.map((member) => [member, input[member]]));
}

function securityGroupChange(
  state: RdsState,
  { subnetGroup }: StoredInstance,
  { VpcSecurityGroupIds: asked = [] }: ModifyDBInstanceMessage,
): Partial<DBInstance> {
  if (asked.length === 0) return {};
  return { VpcSecurityGroups: securityGroupsOf(state.ports, findSubnetGroup(state, subnetGroup), asked) };
}
