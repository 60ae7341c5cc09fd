import type { CreateDBClusterMessage } from '@aws-sdk/client-rds';
import { AwsError } from '../../../service.ts';
import { checkClass, checkCredentials, checkSettings } from '../check-instance.ts';
import { invalidCombination, invalidValue } from '../errors.ts';

/** What RDS refuses about the values themselves (RDS API reference, CreateDBCluster; "Multi-AZ DB clusters" at each). */
export function checkCluster(input: CreateDBClusterMessage): void {
  checkIdentifier(input.DBClusterIdentifier ?? '');
  checkClass(given(input, 'DBClusterInstanceClass'));
  checkCredentials(input);
  if (input.ManageMasterUserPassword)
    throw invalidCombination('ManageMasterUserPassword is not available for this DB cluster.');
  checkStorage(input);
  if (input.DatabaseName !== undefined && !/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(input.DatabaseName))
    throw invalidValue(
      'DatabaseName must begin with a letter or underscore and contain only alphanumeric characters.',
    );
  const port = input.Port ?? 5432;
  if (port < 1150 || port > 65_535)
    throw invalidValue(`Invalid endpoint port ${port}, valid range is 1150-65535`);
  checkSettings(input);
}

function checkIdentifier(identifier: string): void {
  if (!/^[A-Za-z](-?[A-Za-z0-9])*$/.test(identifier) || identifier.length > 52)
    throw invalidValue(
      'The parameter DBClusterIdentifier is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.',
    );
}

function checkStorage({ AllocatedStorage, StorageType = 'io1', Iops }: CreateDBClusterMessage): void {
  if (AllocatedStorage === undefined)
    throw invalidValue('The parameter AllocatedStorage must be provided and must not be blank.');
  if (!['gp3', 'io1', 'io2'].includes(StorageType))
    throw new AwsError('StorageTypeNotSupported', `Storage type ${StorageType} is not supported.`);
  const provisioned = StorageType !== 'gp3';
  if (AllocatedStorage < (provisioned ? 100 : 20) || AllocatedStorage > 65_536)
    throw invalidValue(
      `Invalid storage size for engine name postgres and storage type ${StorageType}: ${AllocatedStorage}`,
    );
  if (provisioned && Iops === undefined)
    throw invalidCombination(`Iops must be specified with the storage type ${StorageType}.`);
}

function given(input: CreateDBClusterMessage, member: 'DBClusterInstanceClass'): string {
  const value = input[member];
  if (value) return value;
  throw invalidValue(`The parameter ${member} must be provided and must not be blank.`);
}
