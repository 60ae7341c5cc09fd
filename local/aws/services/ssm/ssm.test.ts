import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  ListTagsForResourceCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { test as base, expect } from 'vitest';
import { startTestGateway } from '../test-gateway.ts';
import { createSsmService } from './ssm.ts';

const test = base.extend<{ client: SSMClient }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads a fixture's needs from its pattern
  client: async ({}, use) => {
    await using gateway = await startTestGateway((context) => [createSsmService(context)]);
    await use(new SSMClient(gateway.clientOptions));
  },
});

test('a secure parameter shows its value only decrypted, and keeps its versions', async ({ client }) => {
  const put = (Value: string, Overwrite = false) =>
    client.send(new PutParameterCommand({ Name: '/hub/password', Value, Type: 'SecureString', Overwrite }));
  await put('first');
  await expect(put('second')).rejects.toBeInstanceOf(ParameterAlreadyExists);
  expect(await put('second', true)).toMatchObject({ Version: 2, Tier: 'Standard' });
  const get = async (Name: string, WithDecryption: boolean) =>
    (await client.send(new GetParameterCommand({ Name, WithDecryption }))).Parameter;
  expect(await get('/hub/password', true)).toMatchObject({
    Value: 'second',
    Version: 2,
    ARN: 'arn:aws:ssm:us-east-1:111122223333:parameter/hub/password',
  });
  expect((await get('/hub/password', false))?.Value).not.toContain('second');
  expect(await get('/hub/password:1', true)).toMatchObject({ Value: 'first', Selector: ':1' });
  await expect(get('/hub/password:3', true)).rejects.toMatchObject({ name: 'ParameterVersionNotFound' });
  await client.send(new DeleteParameterCommand({ Name: '/hub/password' }));
  await expect(get('/hub/password', true)).rejects.toBeInstanceOf(ParameterNotFound);
});

test('parameters are found by path, in pages, and by name', async ({ client }) => {
  for (const Name of ['/a/1', '/a/2', '/a/b/3', '/c']) {
    await client.send(new PutParameterCommand({ Name, Value: Name, Type: 'String' }));
  }
  const first = await client.send(
    new GetParametersByPathCommand({ Path: '/a', Recursive: true, MaxResults: 2 }),
  );
  const second = await client.send(
    new GetParametersByPathCommand({
      Path: '/a',
      Recursive: true,
      MaxResults: 2,
      NextToken: first.NextToken,
    }),
  );
  const names = [first, second].flatMap(({ Parameters = [] }) => Parameters.map(({ Name }) => Name));
  expect(names).toEqual(['/a/1', '/a/2', '/a/b/3']);
  expect((await client.send(new GetParametersByPathCommand({ Path: '/a' }))).Parameters).toHaveLength(2);
  const some = await client.send(new GetParametersCommand({ Names: ['/c', '/d'] }));
  expect(some.InvalidParameters).toEqual(['/d']);
  const described = await client.send(
    new DescribeParametersCommand({
      ParameterFilters: [{ Key: 'Name', Option: 'BeginsWith', Values: ['/a/b'] }],
    }),
  );
  expect(described.Parameters?.map(({ Name }) => Name)).toEqual(['/a/b/3']);
});

test('tags are added to a parameter that is there, and end with it', async ({ client }) => {
  const resource = { ResourceType: 'Parameter', ResourceId: '/hub/run' } as const;
  const tag = (Value: string) =>
    client.send(new AddTagsToResourceCommand({ ...resource, Tags: [{ Key: 'run', Value }] }));
  await expect(tag('1')).rejects.toMatchObject({ name: 'InvalidResourceId' });
  const put = () => client.send(new PutParameterCommand({ Name: '/hub/run', Value: 'x', Type: 'String' }));
  await put();
  await tag('1');
  await tag('2');
  const tags = async () => (await client.send(new ListTagsForResourceCommand(resource))).TagList;
  expect(await tags()).toEqual([{ Key: 'run', Value: '2' }]);
  await client.send(new DeleteParameterCommand({ Name: '/hub/run' }));
  await put();
  expect(await tags()).toEqual([]);
});

test('a type that does not exist is refused by name', async ({ client }) => {
  const put = new PutParameterCommand({ Name: '/x', Value: 'x', Type: 'Secret' as 'String' });
  await expect(client.send(put)).rejects.toThrow("Value 'Secret' at 'type' failed to satisfy constraint");
});
