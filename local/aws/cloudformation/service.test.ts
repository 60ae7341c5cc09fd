import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import type { Stack } from '@aws-sdk/client-cloudformation';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  UpdateStackCommand,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import { test as base, expect, onTestFinished } from 'vitest';
import { AwsError } from '../service.ts';
import { serve, until } from '../services/serve-in-test.ts';
import { createCloudFormationService } from './service.ts';

/** Systems Manager parameters, log groups and subnet groups, as far as their templates reach: a cloud of three maps. */
function createScriptedCloud() {
  const parameters = new Map<string, { Value: string; Type: string }>();
  const logGroups = new Map<string, number | undefined>();
  const calls: string[] = [];
  type Input = Record<string, string> & { retentionInDays: number };
  const operations: Record<string, (input: Input) => object> = {
    PutParameter: (input) => {
      if (parameters.has(input.Name ?? '') && !input.Overwrite)
        throw new AwsError('ParameterAlreadyExists', 'The parameter already exists.');
      parameters.set(input.Name ?? '', { Value: input.Value ?? '', Type: input.Type ?? '' });
      return {};
    },
    GetParameter: ({ Name = '' }) => {
      const found = parameters.get(Name);
      if (!found) throw new AwsError('ParameterNotFound', `Parameter ${Name} not found.`);
      return { Parameter: { Name, ...found } };
    },
    DeleteParameter: ({ Name = '' }) => {
      if (!parameters.delete(Name)) throw new AwsError('ParameterNotFound', 'gone');
      return {};
    },
    CreateLogGroup: ({ logGroupName = '' }) => {
      if (logGroups.has(logGroupName))
        throw new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists');
      logGroups.set(logGroupName, undefined);
      return {};
    },
    PutRetentionPolicy: ({ logGroupName = '', retentionInDays }) => {
      logGroups.set(logGroupName, retentionInDays);
      return {};
    },
    DescribeLogGroups: () => ({
      logGroups: [...logGroups.keys()].map((name) => ({ logGroupName: name, arn: `arn:${name}` })),
    }),
    DeleteLogGroup: ({ logGroupName = '' }) => {
      logGroups.delete(logGroupName);
      return {};
    },
  };
  return {
    parameters,
    logGroups,
    calls,
    call: async (service: string, operation: string, input: object): Promise<object> => {
      calls.push(`${service}.${operation}`);
      const run = operations[operation];
      if (!run) throw new AwsError('InvalidAction', `The action ${operation} is not valid`);
      return run(input as Input);
    },
  };
}

async function open() {
  const cloud = createScriptedCloud();
  const served = await serve((context) => createCloudFormationService(context, cloud));
  const client = new CloudFormationClient(served.clientConfig);
  const settled = async (StackName: string): Promise<Partial<Stack>> => {
    const { Stacks } = await until(
      served.clock,
      () => client.send(new DescribeStacksCommand({ StackName })),
      (output) => !output.Stacks?.[0]?.StackStatus?.endsWith('_IN_PROGRESS'),
    );
    return Stacks?.[0] ?? {};
  };
  const reasons = async (StackName: string) => {
    const { StackEvents } = await client.send(new DescribeStackEventsCommand({ StackName }));
    return (StackEvents ?? [])
      .reverse()
      .map((event) => [event.LogicalResourceId, event.ResourceStatus, event.ResourceStatusReason]);
  };
  return {
    cloud,
    client,
    gateway: served.gateway,
    settled,
    reasons,
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  };
}

const test = base.extend<{ world: Awaited<ReturnType<typeof open>> }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads a fixture's needs from its pattern
  world: async ({}, use) => {
    await using world = await open();
    await use(world);
  },
});

const twoParameters = `
Parameters: {Word: {Type: String, NoEcho: true}}
Resources:
  First:
    Type: AWS::SSM::Parameter
    Properties: {Name: /first, Type: String, Value: !Ref Word}
  Second:
    Type: AWS::SSM::Parameter
    Properties: {Name: /second, Type: String, Value: !Sub 'after \${First}'}
Outputs:
  Second: {Value: !GetAtt Second.Value, Export: {Name: the-second}}
`;
const word = (ParameterValue: string) => [{ ParameterKey: 'Word', ParameterValue }];

test('a stack is made in the order of its references, and tells it', async ({ world }) => {
  const { client, cloud, settled, reasons } = world;
  await client.send(
    new CreateStackCommand({ StackName: 's', TemplateBody: twoParameters, Parameters: word('hidden') }),
  );
  const stack = await settled('s');
  expect(stack).toMatchObject({
    StackStatus: 'CREATE_COMPLETE',
    Outputs: [{ OutputKey: 'Second', OutputValue: 'after /first', ExportName: 'the-second' }],
    Parameters: [{ ParameterKey: 'Word', ParameterValue: '****' }],
  });
  expect(cloud.parameters.get('/first')?.Value).toBe('hidden');
  expect((await reasons('s')).map(([id, status]) => `${id} ${status}`)).toEqual([
    's CREATE_IN_PROGRESS',
    'First CREATE_IN_PROGRESS',
    'First CREATE_IN_PROGRESS',
    'First CREATE_COMPLETE',
    'Second CREATE_IN_PROGRESS',
    'Second CREATE_IN_PROGRESS',
    'Second CREATE_COMPLETE',
    's CREATE_COMPLETE',
  ]);
  await client.send(new DeleteStackCommand({ StackName: 's' }));
  await waitUntilStackDeleteComplete(
    { client, maxWaitTime: 5, minDelay: 1 },
    { StackName: String(stack.StackId) },
  );
  expect(cloud.parameters.size).toBe(0);
});

test('a failure takes back what was made, and says why', async ({ world }) => {
  const { client, cloud, settled, reasons } = world;
  cloud.parameters.set('/second', { Value: 'foreign', Type: 'String' });
  await client.send(
    new CreateStackCommand({ StackName: 's', TemplateBody: twoParameters, Parameters: word('x') }),
  );
  expect(await settled('s')).toMatchObject({ StackStatus: 'ROLLBACK_COMPLETE' });
  expect([...cloud.parameters.keys()]).toEqual(['/second']);
  expect(await reasons('s')).toContainEqual([
    'Second',
    'CREATE_FAILED',
    expect.stringMatching(
      /^Resource handler returned message: "The parameter already exists\. \(Service: Ssm, Status Code: 400\)" \(RequestToken: [0-9a-f-]{36}, HandlerErrorCode: AlreadyExists\)$/,
    ),
  ]);
  expect(await reasons('s')).toContainEqual([
    's',
    'ROLLBACK_IN_PROGRESS',
    'The following resource(s) failed to create: [Second]. Rollback requested by user.',
  ]);
  const again = client.send(new UpdateStackCommand({ StackName: 's', TemplateBody: twoParameters }));
  await expect(again).rejects.toThrow('is in ROLLBACK_COMPLETE state and can not be updated');
});

const logs = (name: string, days: number, more = '') => `
Resources:
  Log:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: ${name}, RetentionInDays: ${days}}
  Note:
    Type: AWS::SSM::Parameter
    Properties: {Name: /note, Type: String, Value: !GetAtt Log.Arn}
${more}`;

test('an update changes in place what it can, replaces what it must, and removes what is gone', async ({
  world,
}) => {
  const { client, cloud, settled } = world;
  const extra = '  Extra: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: extra}}';
  await client.send(new CreateStackCommand({ StackName: 's', TemplateBody: logs('one', 7, extra) }));
  await settled('s');
  const update = (TemplateBody: string) =>
    client.send(new UpdateStackCommand({ StackName: 's', TemplateBody }));
  await expect(update(logs('one', 7, extra))).rejects.toThrow('No updates are to be performed.');
  await update(logs('one', 30));
  expect(await settled('s')).toMatchObject({ StackStatus: 'UPDATE_COMPLETE' });
  expect([...cloud.logGroups]).toEqual([['one', 30]]);
  await update(logs('two', 30));
  await settled('s');
  expect([...cloud.logGroups]).toEqual([['two', 30]]);
  expect(cloud.parameters.get('/note')?.Value).toBe('arn:two');
});

test('an update that fails puts everything back as it was', async ({ world }) => {
  const { client, cloud, settled, reasons } = world;
  await client.send(new CreateStackCommand({ StackName: 's', TemplateBody: logs('one', 7) }));
  await settled('s');
  const clash =
    '  Clash: {Type: AWS::SSM::Parameter, DependsOn: Note, Properties: {Name: /note, Type: String, Value: x}}';
  await client.send(
    new UpdateStackCommand({
      StackName: 's',
      TemplateBody: logs('one', 7).replace('!GetAtt Log.Arn', 'new') + clash,
    }),
  );
  expect(await settled('s')).toMatchObject({ StackStatus: 'UPDATE_ROLLBACK_COMPLETE' });
  expect(cloud.parameters.get('/note')?.Value).toBe('arn:one');
  expect(await reasons('s')).toContainEqual([
    's',
    'UPDATE_ROLLBACK_IN_PROGRESS',
    'The following resource(s) failed to create: [Clash].',
  ]);
});

test('a secure reference is resolved where the type allows it and refused elsewhere', async ({ world }) => {
  const { client, cloud, settled, reasons } = world;
  cloud.parameters.set('/password', { Value: 'secret', Type: 'SecureString' });
  const body = `
Resources:
  Copy:
    Type: AWS::SSM::Parameter
    Properties: {Name: /copy, Type: String, Value: '{{resolve:ssm-secure:/password}}'}`;
  await client.send(new CreateStackCommand({ StackName: 's', TemplateBody: body }));
  expect(await settled('s')).toMatchObject({ StackStatus: 'ROLLBACK_COMPLETE' });
  expect((await reasons('s')).find(([, status]) => status === 'CREATE_FAILED')?.[2]).toBe(
    'SSM Secure reference is not supported in: [AWS::SSM::Parameter/Properties/Value]',
  );
});

test('a change set shows what it would do, does it, and fails when there is nothing to do', async ({
  world,
}) => {
  const { client, settled } = world;
  const make = (ChangeSetName: string, ChangeSetType: 'CREATE' | 'UPDATE', TemplateBody: string) =>
    client.send(new CreateChangeSetCommand({ StackName: 's', ChangeSetName, ChangeSetType, TemplateBody }));
  const describe = (ChangeSetName: string) =>
    client.send(new DescribeChangeSetCommand({ StackName: 's', ChangeSetName }));
  await make('first', 'CREATE', logs('one', 7));
  await client.send(new ExecuteChangeSetCommand({ StackName: 's', ChangeSetName: 'first' }));
  await settled('s');
  await make('second', 'UPDATE', logs('two', 7));
  const { Changes } = await describe('second');
  expect(
    Changes?.map(({ ResourceChange: change }) => [
      change?.LogicalResourceId,
      change?.Action,
      change?.Replacement,
    ]),
  ).toEqual([
    ['Log', 'Modify', 'True'],
    ['Note', 'Modify', 'False'],
  ]);
  await make('third', 'UPDATE', logs('one', 7));
  expect(await describe('third')).toMatchObject({
    Status: 'FAILED',
    StatusReason: expect.stringContaining("The submitted information didn't contain changes."),
  });
});

test.each([
  ['{A: {Type: AWS::Foo::Bar}}', 'Template format error: Unrecognized resource types: [AWS::Foo::Bar]'],
  [
    '{A: {Type: AWS::Logs::LogGroup, DependsOn: B}}',
    'Unresolved resource dependencies [B] in the Resources block',
  ],
  [
    '{A: {Type: AWS::Logs::LogGroup, DependsOn: B}, B: {Type: AWS::Logs::LogGroup, DependsOn: A}}',
    'Circular dependency between resources: [A, B]',
  ],
  [
    '{A: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !GetAtt A.Nope}}}',
    'Template error: resource A does not support attribute type Nope in Fn::GetAtt',
  ],
  [
    '{A: {Type: AWS::IAM::Role, Properties: {RoleName: r, AssumeRolePolicyDocument: {}}}}',
    'Requires capabilities : [CAPABILITY_NAMED_IAM]',
  ],
])('%s is refused at once', async (resources, message) => {
  await using world = await open();
  const create = world.client.send(
    new CreateStackCommand({ StackName: 's', TemplateBody: `Resources: ${resources}` }),
  );
  await expect(create).rejects.toThrow(message);
});

test('the AWS CLI deploys, and finds nothing to do the second time', async ({ world }) => {
  const directory = await mkdtemp(`${tmpdir()}/stormproof-cloudformation-`);
  onTestFinished(() => rm(directory, { recursive: true }));
  await writeFile(`${directory}/t.yaml`, twoParameters);
  const where = ['--endpoint-url', world.gateway.url, '--stack-name', 's'];
  const what = ['--template-file', `${directory}/t.yaml`, '--parameter-overrides', 'Word=w'];
  const quietly = ['--no-fail-on-empty-changeset'];
  const deploy = async () =>
    (await run('aws', ['cloudformation', 'deploy', ...where, ...what, ...quietly], { env })).stdout;
  expect(await deploy()).toContain('Successfully created/updated stack - s');
  expect(await deploy()).toContain('No changes to deploy. Stack s is up to date');
});

const run = promisify(execFile);
const env = {
  PATH: process.env.PATH,
  AWS_ACCESS_KEY_ID: 'any',
  AWS_SECRET_ACCESS_KEY: 'any',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_CONFIG_FILE: '/dev/null',
};
