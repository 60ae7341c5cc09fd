import type { CreateDBInstanceMessage } from '@aws-sdk/client-rds';
import { certificateAuthority, familyOf } from './engine-versions.ts';
import { invalidCombination, invalidValue } from './errors.ts';
import { parseMaintenanceWindow } from './maintenance-window.ts';
import type { StoredParameterGroup } from './state.ts';

/** What RDS refuses about the values themselves, in the order in which it looks. */
export function checkInstance(
  input: CreateDBInstanceMessage,
  { credentials = true }: { readonly credentials?: boolean } = {},
): void {
  checkIdentifier(input.DBInstanceIdentifier ?? '');
  checkClass(input.DBInstanceClass ?? '');
  if (credentials) checkCredentials(input);
  checkStorage(input);
  if (input.DBClusterIdentifier)
    throw invalidCombination(
      'DBClusterIdentifier is valid only for the engines of Aurora and Multi-AZ clusters.',
    );
  if (input.MultiAZ && input.AvailabilityZone)
    throw invalidCombination('Requesting a specific availability zone is not valid for Multi-AZ instances.');
  if (input.DBName !== undefined && !/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(input.DBName))
    throw invalidValue(
      'DBName must begin with a letter or underscore and contain only alphanumeric characters.',
    );
  const port = input.Port ?? 5432;
  if (port < 1150 || port > 65_535)
    throw invalidValue(`Invalid endpoint port ${port}, valid range is 1150-65535`);
  checkSettings(input);
}

/** What both CreateDBInstance and ModifyDBInstance check. */
export function checkSettings({
  BackupRetentionPeriod: days = 1,
  CACertificateIdentifier: authority = certificateAuthority,
  PreferredMaintenanceWindow: window,
}: Pick<
  CreateDBInstanceMessage,
  'BackupRetentionPeriod' | 'CACertificateIdentifier' | 'PreferredMaintenanceWindow'
>): void {
  if (window !== undefined) parseMaintenanceWindow(window);
  if (days < 0 || days > 35)
    throw invalidValue(`Invalid backup retention period: ${days}. Must be between 0 and 35`);
  if (authority !== certificateAuthority)
    throw invalidValue(`Invalid CA certificate identifier: ${authority}`);
}

export function checkClass(instanceClass: string): void {
  if (!/^db\.[a-z0-9]+\.[a-z0-9]+$/.test(instanceClass))
    throw invalidValue(`Invalid DB Instance class: ${instanceClass}`);
}

export function checkFamily({ group }: StoredParameterGroup, version: string): void {
  if (group.DBParameterGroupFamily !== familyOf(version))
    throw invalidCombination(
      `The parameter group ${group.DBParameterGroupName} with DBParameterGroupFamily ${group.DBParameterGroupFamily} cannot be used for this instance. Please use a parameter group with DBParameterGroupFamily ${familyOf(version)}`,
    );
}

function checkIdentifier(identifier: string): void {
  if (!/^[A-Za-z](-?[A-Za-z0-9])*$/.test(identifier) || identifier.length > 63)
    throw invalidValue(
      'The parameter DBInstanceIdentifier is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.',
    );
}

type Credentials = Pick<
  CreateDBInstanceMessage,
  'MasterUsername' | 'MasterUserPassword' | 'ManageMasterUserPassword' | 'MasterUserSecretKmsKeyId'
>;

export function checkCredentials(input: Credentials): void {
  const { MasterUsername: user = '', MasterUserPassword: password = '' } = input;
  const managed = input.ManageMasterUserPassword ?? false;
  if (managed && password)
    throw invalidCombination(
      'You can specify either MasterUserPassword or ManageMasterUserPassword, but not both.',
    );
  if (input.MasterUserSecretKmsKeyId && !managed)
    throw invalidCombination(
      'A ManageMasterUserPassword value is required when MasterUserSecretKmsKeyId is specified.',
    );
  if (!user || (!password && !managed))
    throw invalidValue(
      `The parameter ${user ? 'MasterUserPassword' : 'MasterUsername'} must be provided and must not be blank.`,
    );
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(user))
    throw invalidValue(
      'The parameter MasterUsername must begin with a letter and contain only alphanumeric characters.',
    );
  if (reservedNames.includes(user.toLowerCase()))
    throw invalidValue(`MasterUsername ${user} cannot be used as it is a reserved word used by the engine`);
  if (!managed) checkPassword(password);
}

/** RDS user guide, "Settings for DB instances": the master password of PostgreSQL. */
export function checkPassword(password: string): void {
  if (password.length < 8)
    throw invalidValue(
      'The parameter MasterUserPassword is not a valid password because it is shorter than 8 characters.',
    );
  if (password.length > 128 || !/^[\x21-\x7e]*$/.test(password) || /[/@"]/.test(password))
    throw invalidValue(
      "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', '@', '\"', ' ' may be used.",
    );
}

const reservedNames: readonly string[] = ['admin', 'rdsadmin', 'rdsrepladmin', 'postgres_admin', 'public'];

function checkStorage({ AllocatedStorage, StorageType = 'gp2', Iops }: CreateDBInstanceMessage): void {
  if (AllocatedStorage === undefined)
    throw invalidValue('The parameter AllocatedStorage must be provided and must not be blank.');
  const least = StorageType.startsWith('io') ? 100 : 20;
  if (!['gp2', 'gp3', 'io1', 'io2'].includes(StorageType))
    throw invalidValue(`Invalid storage type: ${StorageType}`);
  if (AllocatedStorage < least || AllocatedStorage > 65_536)
    throw invalidValue(
      `Invalid storage size for engine name postgres and storage type ${StorageType}: ${AllocatedStorage}`,
    );
  if (Iops !== undefined && StorageType === 'gp2')
    throw invalidCombination('Iops cannot be specified with the storage type gp2.');
}
