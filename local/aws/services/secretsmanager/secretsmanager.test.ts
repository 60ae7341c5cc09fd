import { expect, test } from 'vitest';
import type { ServedRds } from '../rds/rds-in-test.ts';
import { createInstance, openRds } from '../rds/rds-in-test.ts';
import { awsCli, until } from '../serve-in-test.ts';

const instance = { DBInstanceIdentifier: 'hub-db' };

test('RDS keeps the master password in a secret, and a rotation changes both together', async () => {
  await using rds = await openRds();
  await createInstance(rds, { MasterUserPassword: undefined, ManageMasterUserPassword: true });
  const secret = (await rds.describe())?.MasterUserSecret;
  expect(secret).toMatchObject({
    SecretStatus: 'active',
    SecretArn: expect.stringMatching(/:secret:rds!db-[0-9a-f-]{36}-[A-Za-z0-9]{6}$/),
    KmsKeyId: expect.stringContaining(':kms:'),
  });
  const SecretId = secret?.SecretArn ?? '';
  const get = async (stage?: string) => call(rds, 'GetSecretValue', { SecretId, VersionStage: stage });
  const first = await get();
  expect(passwordIn(first)).toBe(rds.specifications[0]?.masterPassword);
  await expect(get('AWSPREVIOUS')).rejects.toThrow(
    "ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSPREVIOUS",
  );

  const release = rds.hold();
  const { VersionId } = await call(rds, 'RotateSecret', { SecretId });
  expect((await rds.describe())?.MasterUserSecret?.SecretStatus).toBe('rotating');
  expect((await get('AWSPENDING')).VersionId).toBe(VersionId);
  expect(passwordIn(await get())).toBe(passwordIn(first));
  await expect(call(rds, 'RotateSecret', { SecretId })).rejects.toThrow('InvalidRequestException');
  release();
  await until(rds.clock, rds.describe, (found) => found?.MasterUserSecret?.SecretStatus === 'active');
  const second = await get();
  expect(passwordIn(second)).not.toBe(passwordIn(first));
  expect(rds.passwords).toEqual([passwordIn(second)]);
  expect((await get('AWSPREVIOUS')).VersionId).toBe(first.VersionId);
  const described = await call(rds, 'DescribeSecret', { SecretId });
  expect(described).toMatchObject({
    OwningService: 'rds',
    RotationEnabled: true,
    RotationRules: { AutomaticallyAfterDays: 7 },
    VersionIdsToStages: {
      [String(first.VersionId)]: ['AWSPREVIOUS'],
      [String(second.VersionId)]: ['AWSCURRENT'],
    },
  });
  expect(JSON.stringify([described, await rds.describe(), rds.service.snapshot()])).not.toContain(
    passwordIn(second),
  );
});

test('a secret is rotated by its schedule', async () => {
  // Four hours take 14 ms.
  await using rds = await openRds(1_000_000);
  await createInstance(rds, { MasterUserPassword: undefined, ManageMasterUserPassword: true });
  const SecretId = (await rds.describe())?.MasterUserSecret?.SecretArn;
  const schedule = (ScheduleExpression: string) =>
    call(rds, 'RotateSecret', {
      SecretId,
      RotateImmediately: false,
      RotationRules: { ScheduleExpression },
    });
  await expect(schedule('rate(1 hour)')).rejects.toThrow('InvalidParameterException');
  await schedule('rate(4 hours)');
  const rotations = () => rds.passwords.length;
  await until(rds.clock, rotations, (count) => count > 1);
  expect(new Set(rds.passwords).size).toBe(rds.passwords.length);
});

test('the AWS CLI finds the secret, and it goes with its instance; what nobody owns cannot be changed', async () => {
  await using rds = await openRds();
  await createInstance(rds, {
    MasterUserPassword: undefined,
    ManageMasterUserPassword: true,
    DeletionProtection: false,
  });
  const aws = awsCli(rds.gateway);
  const list = () => aws('secretsmanager', 'list-secrets', '--filters', 'Key=owning-service,Values=rds');
  const { SecretList } = (await list()) as { SecretList: { Name: string }[] };
  expect(SecretList).toMatchObject([{ Name: expect.stringMatching(/^rds!db-/), OwningService: 'rds' }]);
  const id = SecretList[0]?.Name ?? '';
  expect(await aws('secretsmanager', 'get-secret-value', '--secret-id', id)).toMatchObject({
    VersionStages: ['AWSCURRENT'],
    SecretString: expect.stringMatching(/^\{"username":"hub","password":"[\w-]{28}"\}$/),
  });
  await expect(call(rds, 'DeleteSecret', { SecretId: id })).rejects.toThrow('UnknownOperationException');
  await rds.client.deleteDBInstance({ ...instance, SkipFinalSnapshot: true });
  await until(
    rds.clock,
    () => rds.service.snapshot().instances.length,
    (count) => count === 0,
  );
  expect(await list()).toEqual({ SecretList: [] });
  await expect(call(rds, 'GetSecretValue', { SecretId: id })).rejects.toThrow(
    "ResourceNotFoundException: Secrets Manager can't find the specified secret.",
  );
});

test('an instance is put under management and taken out of it, and contradictions are refused', async () => {
  await using rds = await openRds();
  await createInstance(rds);
  const modify = (change: object) => rds.client.modifyDBInstance({ ...instance, ...change });
  await expect(modify({ RotateMasterUserPassword: true, ApplyImmediately: true })).rejects.toMatchObject({
    name: 'InvalidParameterCombination',
  });
  await modify({ ManageMasterUserPassword: true });
  const active = await until(
    rds.clock,
    rds.describe,
    (found) => found?.MasterUserSecret?.SecretStatus === 'active',
  );
  for (const change of [
    { MasterUserPassword: 'another-horse-battery' },
    { ManageMasterUserPassword: true, MasterUserPassword: 'another-horse-battery' },
    { ManageMasterUserPassword: false },
    { RotateMasterUserPassword: true },
  ])
    await expect(modify(change)).rejects.toMatchObject({ name: 'InvalidParameterCombination' });
  await modify({ RotateMasterUserPassword: true, ApplyImmediately: true });
  await until(
    rds.clock,
    () => rds.passwords.length,
    (count) => count === 2,
  );
  await until(rds.clock, rds.describe, (found) => found?.DBInstanceStatus === 'available');
  await modify({ ManageMasterUserPassword: false, MasterUserPassword: 'another-horse-battery' });
  await until(rds.clock, rds.describe, (found) => found?.MasterUserSecret === undefined);
  expect(rds.passwords.at(-1)).toBe('another-horse-battery');
  await expect(
    call(rds, 'DescribeSecret', { SecretId: active?.MasterUserSecret?.SecretArn }),
  ).rejects.toThrow('ResourceNotFoundException');
});

interface SecretAnswer {
  readonly VersionId?: string;
  readonly SecretString?: string;
}

/** As a client speaks AWS JSON 1.1: there is no SDK client for this service here. */
async function call({ gateway }: ServedRds, operation: string, input: object): Promise<SecretAnswer> {
  const response = await fetch(gateway.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `secretsmanager.${operation}`,
      authorization:
        'AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=any',
    },
    body: JSON.stringify(input),
  });
  const answer = (await response.json()) as SecretAnswer & {
    __type?: string;
    Message?: string;
    message?: string;
  };
  if (response.ok) return answer;
  throw new Error(`${answer.__type}: ${answer.Message ?? answer.message}`);
}

function passwordIn({ SecretString = '{}' }: SecretAnswer): string {
  return (JSON.parse(SecretString) as { password: string }).password;
}
