import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  EntityAlreadyExistsException,
  GetRoleCommand,
  IAMClient,
  ListRolesCommand,
  NoSuchEntityException,
} from '@aws-sdk/client-iam';
import { test as base, expect } from 'vitest';
import { startTestGateway } from '../test-gateway.ts';
import { createIamService } from './iam.ts';

const test = base.extend<{ client: IAMClient }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads a fixture's needs from its pattern
  client: async ({}, use) => {
    await using gateway = await startTestGateway((context) => [createIamService(context)]);
    await use(new IAMClient(gateway.clientOptions));
  },
});

const document = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'eks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});
const createRole = (RoleName: string) =>
  new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document });

test('a role lives as AWS lets it: no second of its name, no deletion while a policy is attached', async ({
  client,
}) => {
  const { Role } = await client.send(createRole('cluster'));
  expect(Role?.Arn).toBe('arn:aws:iam::111122223333:role/cluster');
  await expect(client.send(createRole('cluster'))).rejects.toBeInstanceOf(EntityAlreadyExistsException);
  const found = await client.send(new GetRoleCommand({ RoleName: 'cluster' }));
  expect(decodeURIComponent(found.Role?.AssumeRolePolicyDocument ?? '')).toBe(document);
  const policy = { RoleName: 'cluster', PolicyArn: 'arn:aws:iam::aws:policy/AmazonEKSClusterPolicy' };
  await client.send(new AttachRolePolicyCommand(policy));
  await expect(client.send(new DeleteRoleCommand({ RoleName: 'cluster' }))).rejects.toMatchObject({
    name: 'DeleteConflictException',
    $metadata: { httpStatusCode: 409 },
  });
  await client.send(new DetachRolePolicyCommand(policy));
  await client.send(new DeleteRoleCommand({ RoleName: 'cluster' }));
  await expect(client.send(new GetRoleCommand({ RoleName: 'cluster' }))).rejects.toBeInstanceOf(
    NoSuchEntityException,
  );
});

test('a policy that AWS does not have cannot be attached, a broken document is refused', async ({
  client,
}) => {
  await client.send(createRole('cluster'));
  const unknown = { RoleName: 'cluster', PolicyArn: 'arn:aws:iam::aws:policy/AmazonEKSClusterPolciy' };
  await expect(client.send(new AttachRolePolicyCommand(unknown))).rejects.toBeInstanceOf(
    NoSuchEntityException,
  );
  const broken = new CreateRoleCommand({ RoleName: 'other', AssumeRolePolicyDocument: '{' });
  await expect(client.send(broken)).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException' });
});

test('roles are listed in pages', async ({ client }) => {
  for (const name of ['c', 'a', 'b']) await client.send(createRole(name));
  const first = await client.send(new ListRolesCommand({ MaxItems: 2 }));
  const second = await client.send(new ListRolesCommand({ MaxItems: 2, Marker: first.Marker }));
  const names = [first, second].map(({ Roles = [] }) => Roles.map(({ RoleName }) => RoleName));
  expect(names).toEqual([['a', 'b'], ['c']]);
  expect([first.IsTruncated, second.IsTruncated]).toEqual([true, false]);
});
