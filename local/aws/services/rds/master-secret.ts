import { randomBytes } from 'node:crypto';
import type { MasterUserSecret, ModifyDBInstanceMessage } from '@aws-sdk/client-rds';
import { changePassword } from './change-password.ts';
import { checkPassword } from './check-instance.ts';
import { invalidCombination } from './errors.ts';
import type { RdsState, StoredInstance } from './state.ts';
import { arnOf } from './state.ts';

/** 28 characters out of 64: nothing that RDS's rules for passwords exclude, and no seed could tell them. */
export function generatePassword(): string {
  return randomBytes(21).toString('base64url');
}

export function createMasterSecret(
  state: RdsState,
  instance: StoredInstance,
  { password, kmsKeyId }: { readonly password: string; readonly kmsKeyId: string | undefined },
): void {
  const arn = arnOf(state, 'db', instance.identifier);
  const secretOf = (text: string): string =>
    JSON.stringify({ username: instance.settings.MasterUsername, password: text });
  instance.secret = state.ports.secrets.create({
    name: `rds!db-${state.context.random.uuid()}`,
    description: `Secret associated with primary RDS DB instance: ${arn}`,
    owningService: 'rds',
    tags: [
      { Key: 'aws:rds:primaryDBInstanceArn', Value: arn },
      { Key: 'aws:secretsmanager:owningService', Value: 'rds' },
    ],
    kmsKeyId,
    value: secretOf(password),
    nextValue: () => secretOf(generatePassword()),
    apply: (value) => changePassword(state, instance, passwordIn(value)),
  });
}

/** Its owner deletes it with the instance, or when it manages the password no more. */
export function dropMasterSecret({ ports }: RdsState, instance: StoredInstance): void {
  if (instance.secret) ports.secrets.delete(instance.secret.arn);
  instance.secret = undefined;
}

export function describeSecret(
  { ports }: RdsState,
  { secret, firstAvailableAt, passwordChanging }: StoredInstance,
): MasterUserSecret | undefined {
  if (!secret) return undefined;
  const rotating = ports.secrets.isRotating(secret.arn);
  const beingMade = firstAvailableAt === undefined || passwordChanging;
  const SecretStatus = rotating ? 'rotating' : beingMade ? 'creating' : 'active';
  return { SecretArn: secret.arn, SecretStatus, KmsKeyId: secret.kmsKeyId };
}

/** The change of password that was asked for, once it is known to be possible; it returns before it is done, as RDS does. */
export function credentialsChange(
  state: RdsState,
  instance: StoredInstance,
  input: ModifyDBInstanceMessage,
): () => void {
  const { MasterUserPassword: password, ManageMasterUserPassword: manage } = input;
  checkTogether(instance, input);
  if (input.RotateMasterUserPassword) return () => state.ports.secrets.rotate(instance.secret?.arn ?? '');
  if (manage && !instance.secret) return () => void manageFromNowOn(state, instance, input);
  if (password === undefined) return () => undefined;
  checkPassword(password);
  return () => void takeOver(state, instance, password);
}

function checkTogether({ secret }: StoredInstance, input: ModifyDBInstanceMessage): void {
  const { MasterUserPassword: password, ManageMasterUserPassword: manage } = input;
  if (manage && password !== undefined)
    throw invalidCombination(
      'You can specify either MasterUserPassword or ManageMasterUserPassword, but not both.',
    );
  if (manage === false && password === undefined)
    throw invalidCombination(
      'MasterUserPassword must be provided when ManageMasterUserPassword is set to false.',
    );
  if (input.MasterUserSecretKmsKeyId && !manage)
    throw invalidCombination(
      'A ManageMasterUserPassword value is required when MasterUserSecretKmsKeyId is specified.',
    );
  if (secret && password !== undefined && manage !== false)
    throw invalidCombination(
      'MasterUserPassword cannot be specified while the master user password is managed by RDS in AWS Secrets Manager.',
    );
  if (!input.RotateMasterUserPassword) return;
  if (!secret)
    throw invalidCombination(
      'RotateMasterUserPassword can be specified only when the master user password is managed by RDS in AWS Secrets Manager.',
    );
  if (!input.ApplyImmediately)
    throw invalidCombination('ApplyImmediately must be true when RotateMasterUserPassword is specified.');
}

async function manageFromNowOn(
  state: RdsState,
  instance: StoredInstance,
  { MasterUserSecretKmsKeyId: kmsKeyId }: ModifyDBInstanceMessage,
): Promise<void> {
  const password = generatePassword();
  createMasterSecret(state, instance, { password, kmsKeyId });
  await changePassword(state, instance, password).catch(() => dropMasterSecret(state, instance));
}

async function takeOver(state: RdsState, instance: StoredInstance, password: string): Promise<void> {
  const changed = await changePassword(state, instance, password).then(
    () => true,
    () => false,
  );
  if (changed) dropMasterSecret(state, instance);
}

function passwordIn(value: string): string {
  const { password } = JSON.parse(value) as { password: string };
  return password;
}
