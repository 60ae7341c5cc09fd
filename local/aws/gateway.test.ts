import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as cloudfront from '@aws-sdk/client-cloudfront';
import * as ec2 from '@aws-sdk/client-ec2';
import * as eks from '@aws-sdk/client-eks';
import * as rds from '@aws-sdk/client-rds';
import * as wafv2 from '@aws-sdk/client-wafv2';
import { test as base, expect } from 'vitest';
import { createClock } from '../base/clock.ts';
import { createRandom } from '../base/random.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { AwsError, type AwsService } from './service.ts';
import { createStsService } from './services/sts.ts';

/** Services of every protocol whose handlers only show what they were given. */
const test = base.extend<{ gateway: Gateway & { seen: unknown[] } }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads a fixture's needs from its pattern
  gateway: async ({}, use) => {
    const seen: unknown[] = [];
    const see = (output: object) => (input: object) => {
      seen.push(input);
      return output;
    };
    const clock = createClock({ speed: 10 });
    const random = createRandom(1);
    const services: AwsService[] = [
      {
        sdk: rds,
        client: rds.RDSClient,
        handlers: {
          DescribeDBInstances: see({ DBInstances: [{ DBInstanceIdentifier: 'a&b', MultiAZ: true }] }),
          RebootDBInstance: () => {
            throw new AwsError('DBInstanceNotFound', 'DBInstance nope not found.');
          },
        },
        invalidInputCodes: { missing: 'MissingParameter' },
      },
      {
        sdk: ec2,
        client: ec2.EC2Client,
        handlers: { DescribeVpcs: see({ Vpcs: [{ VpcId: 'vpc-1', IsDefault: false }] }) },
      },
      {
        sdk: wafv2,
        client: wafv2.WAFV2Client,
        handlers: { GetWebACL: see({ LockToken: 'lt' }) },
        enums: { Scope: wafv2.Scope },
      },
      {
        sdk: cloudfront,
        client: cloudfront.CloudFrontClient,
        handlers: {
          CreateDistribution: see({}),
          GetDistribution: () => {
            throw new TypeError('a mistake in a handler');
          },
        },
      },
      {
        sdk: eks,
        client: eks.EKSClient,
        handlers: { DescribeCluster: see({ cluster: { name: 'hub', createdAt: new Date(0) } }) },
      },
      createStsService({
        clock,
        random,
        accountId: '111122223333',
        region: 'us-east-1',
        signal: new AbortController().signal,
        changed: () => undefined,
      }),
    ];
    await using gateway = await startGateway({ host: '127.0.0.1', port: 0, services, clock, random });
    await use(Object.assign(gateway, { seen }));
  },
});

const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
const options = ({ url }: Gateway) => ({ region: 'us-east-1', endpoint: url, credentials, maxAttempts: 1 });

test('SDK clients of every protocol get what the handlers return', async ({ gateway }) => {
  const found = await new rds.RDSClient(options(gateway)).send(
    new rds.DescribeDBInstancesCommand({
      Filters: [{ Name: 'engine', Values: ['x', 'y&z'] }],
      MaxRecords: 20,
    }),
  );
  expect(found.DBInstances).toEqual([{ DBInstanceIdentifier: 'a&b', MultiAZ: true }]);
  const vpcs = await new ec2.EC2Client(options(gateway)).send(
    new ec2.DescribeVpcsCommand({ VpcIds: ['vpc-1'], Filters: [{ Name: 'tag:a', Values: ['b'] }] }),
  );
  expect(vpcs.Vpcs).toEqual([{ VpcId: 'vpc-1', IsDefault: false }]);
  const acl = await new wafv2.WAFV2Client(options(gateway)).send(
    new wafv2.GetWebACLCommand({ Name: 'acl', Scope: 'REGIONAL', Id: '1' }),
  );
  expect(acl.LockToken).toBe('lt');
  const cluster = await new eks.EKSClient(options(gateway)).send(
    new eks.DescribeClusterCommand({ name: 'a b/c' }),
  );
  expect(cluster.cluster).toEqual({ name: 'hub', createdAt: new Date(0) });
  expect(gateway.seen).toEqual([
    { Filters: [{ Name: 'engine', Values: ['x', 'y&z'] }], MaxRecords: 20 },
    { VpcIds: ['vpc-1'], Filters: [{ Name: 'tag:a', Values: ['b'] }] },
    { Name: 'acl', Scope: 'REGIONAL', Id: '1' },
    { name: 'a b/c' },
  ]);
});

test('the AWS CLI is understood', async ({ gateway }) => {
  const { stdout } = await aws(
    gateway,
    'sts',
    'get-caller-identity',
    '--query',
    'Account',
    '--output',
    'text',
  );
  expect(stdout.trim()).toBe('111122223333');
  await aws(gateway, 'ec2', 'describe-vpcs', '--filters', 'Name=tag:a,Values=b,c');
  expect(gateway.seen).toEqual([{ Filters: [{ Name: 'tag:a', Values: ['b', 'c'] }] }]);
});

test('modelled errors arrive as the SDK classes, with their status', async ({ gateway }) => {
  const client = new rds.RDSClient(options(gateway));
  const error = await client
    .send(new rds.RebootDBInstanceCommand({ DBInstanceIdentifier: 'nope' }))
    .catch((e) => e);
  expect(error).toBeInstanceOf(rds.DBInstanceNotFoundFault);
  expect(error.$metadata.httpStatusCode).toBe(404);
});

test('a call in the process meets the same validation and errors', async ({ gateway }) => {
  const found = await gateway.call('RDS', 'DescribeDBInstances', {});
  expect(found).toEqual({ DBInstances: [{ DBInstanceIdentifier: 'a&b', MultiAZ: true }] });
  await expect(gateway.call('rds', 'RebootDBInstance', { DBInstanceIdentifier: 'x' })).rejects.toMatchObject({
    code: 'DBInstanceNotFound',
  });
  await expect(gateway.call('RDS', 'RebootDBInstance', {})).rejects.toMatchObject({
    code: 'MissingParameter',
  });
  await expect(gateway.call('RDS', 'DescribeDBInstances', { MaxRecords: '20' })).rejects.toMatchObject({
    code: 'MalformedInput',
  });
  await expect(gateway.call('RDS', 'DescribeDBInstances', { Nope: 1 })).rejects.toMatchObject({
    message: expect.stringContaining("'Nope' is not a member"),
  });
});

const auth = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=x`;
const form = (service: string, body: string) => ({
  service,
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body,
});
const json = (operation: string, body: string) => ({
  service: 'wafv2',
  method: 'POST',
  headers: { 'x-amz-target': `AWSWAF_20190729.${operation}`, 'content-type': 'application/x-amz-json-1.1' },
  body,
});
const xml = (body: string) => ({
  service: 'cloudfront',
  method: 'POST',
  path: '/2020-05-31/distribution',
  body,
});

const refused: readonly (readonly [
  what: string,
  request: {
    service: string;
    method: string;
    path?: string;
    headers?: Record<string, string>;
    body?: string;
  },
  status: number,
  expected: string,
])[] = [
  ['query: unknown action', form('rds', 'Action=Zzz&Version=2014-10-31'), 400, '<Code>InvalidAction</Code>'],
  [
    'query: another version',
    form('rds', 'Action=DescribeDBInstances&Version=1999-01-01'),
    400,
    '<Code>InvalidAction</Code>',
  ],
  [
    'query: known but not built',
    form('rds', 'Action=CreateDBCluster&Version=2014-10-31'),
    400,
    '<Code>InvalidAction</Code>',
  ],
  ['query: no action', form('rds', 'Version=2014-10-31'), 400, '<Code>MissingAction</Code>'],
  [
    'query: required member absent',
    form('rds', 'Action=RebootDBInstance'),
    400,
    'parameter DBInstanceIdentifier',
  ],
  [
    'query: bad integer',
    form('rds', 'Action=DescribeDBInstances&MaxRecords=abc'),
    400,
    'Value (abc) for parameter MaxRecords',
  ],
  [
    'query: bad boolean',
    form('rds', 'Action=RebootDBInstance&DBInstanceIdentifier=a&ForceFailover=perhaps'),
    400,
    'ForceFailover',
  ],
  [
    'ec2: unknown action',
    form('ec2', 'Action=Zzz&Version=2016-11-15'),
    400,
    '<Response><Errors><Error><Code>InvalidAction',
  ],
  [
    'ec2: unknown parameter',
    form('ec2', 'Action=DescribeVpcs&Nope.1=x'),
    400,
    '<Code>UnknownParameter</Code>',
  ],
  ['json: malformed', json('GetWebACL', '{oops'), 400, '"__type":"SerializationException"'],
  [
    'json: wrong type',
    json('GetWebACL', '{"Name":123}'),
    400,
    "NUMBER_VALUE can not be converted to a String at 'Name'",
  ],
  [
    'json: bad enum',
    json('GetWebACL', '{"Scope":"MARS"}'),
    400,
    'Member must satisfy enum value set: [CLOUDFRONT, REGIONAL]',
  ],
  [
    'json: required members absent',
    json('CreateWebACL', '{"DefaultAction":{}}'),
    400,
    'UnknownOperationException',
  ],
  ['json: unknown operation', json('Zzz', '{}'), 400, '"__type":"UnknownOperationException"'],
  ['xml: malformed', xml('<DistributionConfig><Call'), 400, '<Code>MalformedInput</Code>'],
  ['xml: wrong root', xml('<Zzz/>'), 400, '<Code>MalformedInput</Code>'],
  [
    'xml: required members absent',
    xml('<DistributionConfig><Enabled>true</Enabled></DistributionConfig>'),
    400,
    "Value null at 'distributionConfig.callerReference'",
  ],
  [
    'xml: bad boolean',
    xml('<DistributionConfig><Enabled>maybe</Enabled></DistributionConfig>'),
    400,
    'Value (maybe)',
  ],
  [
    'xml: entities',
    xml('<!DOCTYPE a [<!ENTITY x "y">]><DistributionConfig/>'),
    400,
    '<Code>MalformedInput</Code>',
  ],
  [
    'rest: unknown route',
    { service: 'cloudfront', method: 'GET', path: '/2020-05-31/zzz' },
    404,
    'UnknownOperationException',
  ],
  ['rest: known but not built', { service: 'eks', method: 'GET', path: '/clusters' }, 404, 'ListClusters'],
  ['rest: bad escape', { service: 'eks', method: 'GET', path: '/clusters/%zz' }, 400, 'Invalid URI'],
  [
    'a mistake of ours',
    { service: 'cloudfront', method: 'GET', path: '/2020-05-31/distribution/E1' },
    500,
    'InternalFailure',
  ],
  ['a service we lack', { service: 'sqs', method: 'GET', path: '/' }, 404, 'UnknownOperationException'],
];

test.for(refused)('%s is refused as AWS does', async ([, request, status, expected], { gateway }) => {
  const { service, path = '/', headers, ...init } = request;
  const response = await fetch(gateway.url + path, {
    ...init,
    headers: { authorization: auth(service), ...headers },
  });
  expect(await response.text()).toContain(expected);
  expect(response.status).toBe(status);
});

test('a request without a credential scope is refused, one with a foreign key is not', async ({
  gateway,
}) => {
  expect((await fetch(gateway.url)).status).toBe(403);
  const signed = form('rds', 'Action=DescribeDBInstances&Version=2014-10-31');
  const response = await fetch(gateway.url, {
    ...signed,
    headers: { ...signed.headers, authorization: auth('rds') },
  });
  expect(response.status).toBe(200);
});

test('__proto__ pollutes nothing', async ({ gateway }) => {
  const body = '{"__proto__":{"polluted":1},"Name":"a"}';
  const { headers, method } = json('GetWebACL', body);
  await fetch(gateway.url, { method, body, headers: { ...headers, authorization: auth('wafv2') } });
  expect(gateway.seen).toEqual([{ Name: 'a' }]);
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
});

test('a body over the limit is refused', async ({ gateway }) => {
  const response = await fetch(gateway.url, {
    method: 'POST',
    body: new Uint8Array(33 * 1024 * 1024),
    headers: { authorization: auth('rds') },
  });
  expect(response.status).toBe(413);
});

function aws({ url }: Gateway, ...args: string[]): Promise<{ stdout: string }> {
  const env = {
    PATH: process.env.PATH,
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
    AWS_DEFAULT_REGION: 'us-east-1',
  };
  return promisify(execFile)('aws', [...args, '--endpoint-url', url], { env });
}
