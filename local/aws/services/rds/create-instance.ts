import { debuglog } from 'node:util';
import type { CreateDBInstanceMessage, CreateDBInstanceResult, DBInstance } from '@aws-sdk/client-rds';
import { AwsError } from '../../service.ts';
import { engineParameters } from './apply-parameters.ts';
import { startBackups } from './automated-backups.ts';
import { checkFamily, checkInstance } from './check-instance.ts';
import { describeInstance } from './describe-instance.ts';
import type { DatabaseSpecification } from './engine.ts';
import { certificateAuthority, familyOf, resolveVersion } from './engine-versions.ts';
import { invalidCombination } from './errors.ts';
import { createMasterSecret, generatePassword } from './master-secret.ts';
import { findParameterGroup } from './parameter-groups.ts';
import { securityGroupsOf } from './security-groups.ts';
import type { RdsState, StoredInstance } from './state.ts';
import { arnOf } from './state.ts';
import { findSubnetGroup, zonesOf } from './subnet-groups.ts';

const log = debuglog('stormproof:rds-api');

/** Answers at once with `creating`; the engine works on. The password goes to the engine and nowhere else. */
export function createInstance(state: RdsState, input: CreateDBInstanceMessage): CreateDBInstanceResult {
  const version = resolveVersion(input.Engine ?? '', input.EngineVersion);
  checkInstance(input);
  return openInstance(state, input, {
    version,
    make: (specification) => state.ports.engine.create(specification),
  });
}

export interface Making {
  readonly version: string;
  /** Resolves when the engine's instance is available. */
  make(specification: DatabaseSpecification): Promise<unknown>;
  /** What it is when it cannot be made. */
  readonly failure?: StoredInstance['failed'];
}

/** An instance by the name and with the settings of `input`, whose values were checked. */
export function openInstance(
  state: RdsState,
  input: CreateDBInstanceMessage,
  making: Making,
): { DBInstance: DBInstance } {
  const { version } = making;
  const identifier = (input.DBInstanceIdentifier ?? '').toLowerCase();
  if (state.instances.has(identifier))
    throw new AwsError('DBInstanceAlreadyExists', 'DB instance already exists');
  if (!input.DBSubnetGroupName)
    throw new AwsError(
      'InvalidSubnet',
      'No default subnet detected in VPC. Please create a DB subnet group.',
    );
  const subnetGroup = findSubnetGroup(state, input.DBSubnetGroupName);
  const group = findParameterGroup(state, input.DBParameterGroupName ?? `default.${familyOf(version)}`);
  checkFamily(group, version);
  const zones = chooseZones(zonesOf(subnetGroup), input.AvailabilityZone);
  const instance: StoredInstance = {
    identifier,
    endpointName: `${identifier}.${state.endpointSuffix}`,
    subnetGroup: subnetGroup.DBSubnetGroupName ?? '',
    settings: {
      ...settingsOf(state, input, { identifier, version }),
      VpcSecurityGroups: securityGroupsOf(state.ports, subnetGroup, input.VpcSecurityGroupIds),
    },
    parameterGroup: group.group.DBParameterGroupName ?? '',
    parameters: engineParameters(state, group.group.DBParameterGroupName ?? ''),
    parametersStale: false,
    parametersApplying: false,
    pendingReboot: false,
    passwordChanging: false,
    pending: {},
    modifying: false,
    upgradeOptedIn: false,
    secret: undefined,
    backingUp: (input.BackupRetentionPeriod ?? 1) > 0,
    deleting: false,
    failed: false,
    engine: undefined,
    firstAvailableAt: undefined,
  };
  state.instances.set(identifier, instance);
  state.tags.add(arnOf(state, 'db', identifier), input.Tags ?? []);
  const password = input.ManageMasterUserPassword ? generatePassword() : (input.MasterUserPassword ?? '');
  if (input.ManageMasterUserPassword)
    createMasterSecret(state, instance, { password, kmsKeyId: input.MasterUserSecretKmsKeyId });
  const specification = specificationOf(instance, { ...input, MasterUserPassword: password }, zones);
  void build(state, instance, { ...making, specification });
  state.context.changed();
  return { DBInstance: describeInstance(state, instance) };
}

async function build(
  state: RdsState,
  instance: StoredInstance,
  { make, specification, failure = 'failed' }: Making & { readonly specification: DatabaseSpecification },
): Promise<void> {
  try {
    await make(specification);
    if (instance.backingUp) await startBackups(state, instance);
  } catch (error) {
    if (instance.deleting || state.context.signal.aborted) return;
    instance.failed = failure;
    log('%s: %O', instance.identifier, error);
  }
  state.context.changed();
}

function specificationOf(
  { identifier, endpointName, parameters }: StoredInstance,
  input: CreateDBInstanceMessage,
  zones: readonly [string, string],
): DatabaseSpecification {
  return {
    identifier,
    endpointName,
    databaseName: input.DBName,
    masterUsername: input.MasterUsername ?? '',
    masterPassword: input.MasterUserPassword ?? '',
    port: input.Port ?? 5432,
    multiAz: input.MultiAZ ?? false,
    zones,
    parameters: Object.fromEntries(parameters),
  };
}

function chooseZones(zones: readonly string[], asked: string | undefined): [string, string] {
  if (asked !== undefined && !zones.includes(asked))
    throw invalidCombination(`The availability zone ${asked} is not covered by the DB subnet group.`);
  const [first = '', second = ''] = asked ? [asked, ...zones.filter((zone) => zone !== asked)] : zones;
  return [first, second];
}

/** Defaults: RDS API reference, CreateDBInstance. */
function settingsOf(
  { context }: RdsState,
  input: CreateDBInstanceMessage,
  { identifier, version }: { identifier: string; version: string },
): DBInstance {
  const { accountId, region, random } = context;
  const encrypted = input.StorageEncrypted ?? false;
  return {
    DBInstanceIdentifier: identifier,
    DBInstanceClass: input.DBInstanceClass,
    Engine: 'postgres',
    EngineVersion: version,
    MasterUsername: input.MasterUsername,
    DBName: input.DBName,
    AllocatedStorage: input.AllocatedStorage,
    MaxAllocatedStorage: input.MaxAllocatedStorage,
    StorageType: input.StorageType ?? 'gp2',
    Iops: input.Iops,
    StorageThroughput: input.StorageThroughput,
    PreferredBackupWindow: input.PreferredBackupWindow ?? '04:00-04:30',
    BackupRetentionPeriod: input.BackupRetentionPeriod ?? 1,
    PreferredMaintenanceWindow: (input.PreferredMaintenanceWindow ?? 'sun:06:00-sun:06:30').toLowerCase(),
    MultiAZ: input.MultiAZ ?? false,
    AvailabilityZone: input.AvailabilityZone,
    AutoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? true,
    LicenseModel: 'postgresql-license',
    PubliclyAccessible: input.PubliclyAccessible ?? false,
    DbInstancePort: 0,
    StorageEncrypted: encrypted,
    KmsKeyId: encrypted
      ? (input.KmsKeyId ?? `arn:aws:kms:${region}:${accountId}:key/${random.uuid()}`)
      : undefined,
    DbiResourceId: `db-${random.text(26).toUpperCase()}`,
    CACertificateIdentifier: certificateAuthority,
    CopyTagsToSnapshot: input.CopyTagsToSnapshot ?? false,
    MonitoringInterval: input.MonitoringInterval ?? 0,
    IAMDatabaseAuthenticationEnabled: input.EnableIAMDatabaseAuthentication ?? false,
    PerformanceInsightsEnabled: input.EnablePerformanceInsights ?? false,
    EnabledCloudwatchLogsExports: input.EnableCloudwatchLogsExports,
    DeletionProtection: input.DeletionProtection ?? false,
    NetworkType: 'IPV4',
    BackupTarget: 'region',
    Endpoint: { Port: input.Port ?? 5432, HostedZoneId: 'Z2R2ITUGPM61AM' },
  };
}
