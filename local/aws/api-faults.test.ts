import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import * as eks from '@aws-sdk/client-eks';
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { ListHostedZonesCommand, Route53Client } from '@aws-sdk/client-route-53';
import { HeadBucketCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { isThrottlingError, isTransientError } from '@smithy/core/retry';
import { test as base, expect } from 'vitest';
import type { ApiFault } from '../base/plane-fault.ts';
import type { AwsService, ServiceContext } from './service.ts';
import { createEc2Service } from './services/ec2/ec2.ts';
import { createIamService } from './services/iam/iam.ts';
import { createRoute53Service } from './services/route53/route53.ts';
import { createS3Service } from './services/s3/s3.ts';
import { createSsmService } from './services/ssm/ssm.ts';
import { type ClientOptions, startTestGateway, type TestGateway } from './services/test-gateway.ts';

const eksService: AwsService = {
  sdk: eks,
  client: eks.EKSClient,
  handlers: { ListClusters: () => ({ clusters: [] }) },
};

const test = base.extend<{ gateway: TestGateway }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads a fixture's needs from its pattern
  gateway: async ({}, use) => {
    await using gateway = await startTestGateway((context: ServiceContext) => [
      createEc2Service(context, { originFacingCidrs: [] }),
      createIamService(context),
      createRoute53Service(context),
      createS3Service(context),
      createSsmService(context),
      eksService,
    ]);
    await use(gateway);
  },
});

/** A service of each protocol: what it calls itself, what to ask it, and its words for the two failures. */
const services = [
  {
    service: 'ssm',
    call: (options: ClientOptions) => new SSMClient(options).send(new DescribeParametersCommand({})),
    error: ['InternalFailure', 500],
    throttling: ['ThrottlingException', 400],
  },
  {
    service: 'eks',
    call: (options: ClientOptions) => new eks.EKSClient(options).send(new eks.ListClustersCommand({})),
    error: ['InternalFailure', 500],
    throttling: ['ThrottlingException', 429],
  },
  {
    service: 'iam',
    call: (options: ClientOptions) => new IAMClient(options).send(new ListRolesCommand({})),
    error: ['InternalFailure', 500],
    throttling: ['Throttling', 400],
  },
  {
    service: 'route53',
    call: (options: ClientOptions) => new Route53Client(options).send(new ListHostedZonesCommand({})),
    error: ['InternalFailure', 500],
    throttling: ['Throttling', 400],
  },
  {
    service: 'ec2',
    call: (options: ClientOptions) => new EC2Client(options).send(new DescribeVpcsCommand({})),
    error: ['InternalError', 500],
    throttling: ['RequestLimitExceeded', 503],
  },
  {
    service: 's3',
    call: (options: ClientOptions) =>
      new S3Client({ ...options, forcePathStyle: true }).send(new ListBucketsCommand({})),
    error: ['InternalError', 500],
    throttling: ['SlowDown', 503],
  },
] as const;

test.for(services)('$service fails, and is throttled, in its own words', async (of, { gateway }) => {
  const { service, call } = of;
  await breakApi(gateway, 'a', service, { kind: 'error' });
  await breakApi(gateway, 'a', service, { kind: 'error' });
  const failed = await failureOf(call(gateway.clientOptions));
  expect([failed.name, failed.$metadata?.httpStatusCode]).toEqual(of.error);
  expect([isTransientError(failed), isThrottlingError(failed)]).toEqual([true, false]);

  await breakApi(gateway, 'b', service, { kind: 'throttling' });
  await gateway.faults.mend('a');
  const throttled = await failureOf(call(gateway.clientOptions));
  expect([throttled.name, throttled.$metadata?.httpStatusCode]).toEqual(of.throttling);
  expect(isThrottlingError(throttled)).toBe(true);

  await gateway.faults.mend('b');
  await gateway.faults.mend('b');
  expect((await call(gateway.clientOptions)).$metadata.httpStatusCode).toBe(200);
});

test('one service alone is broken, and HEAD says so by its status', async ({ gateway }) => {
  await breakApi(gateway, 'a', 's3', { kind: 'throttling' });
  const s3 = new S3Client({ ...gateway.clientOptions, forcePathStyle: true });
  const failed = await failureOf(s3.send(new HeadBucketCommand({ Bucket: 'any' })));
  expect(failed.$metadata?.httpStatusCode).toBe(503);
  const { $metadata } = await new SSMClient(gateway.clientOptions).send(new DescribeParametersCommand({}));
  expect($metadata.httpStatusCode).toBe(200);
});

test('the SDK’s own retries get through when the fault ends in time', async ({ gateway }) => {
  await breakApi(gateway, 'a', 'ssm', { kind: 'throttling' });
  let attempts = 0;
  const ssm = new SSMClient({ ...gateway.clientOptions, maxAttempts: 5 });
  ssm.middlewareStack.add(
    (next) => async (args) => {
      if (++attempts === 2) await gateway.faults.mend('a');
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  const { $metadata } = await ssm.send(new DescribeParametersCommand({}));
  expect([attempts, $metadata.attempts, $metadata.httpStatusCode]).toEqual([2, 2, 200]);
});

test('latencies add up, come before a failure, and what the gateway calls itself meets none', async ({
  gateway,
}) => {
  const ssm = new SSMClient(gateway.clientOptions);
  const call = () => ssm.send(new DescribeParametersCommand({}));
  await breakApi(gateway, 'a', 'ssm', { kind: 'latency', latencyWallMs: 60 });
  await breakApi(gateway, 'b', 'ssm', { kind: 'latency', latencyWallMs: 60 });
  expect(await wallMs(call)).toBeGreaterThanOrEqual(119);
  await breakApi(gateway, 'c', 'ssm', { kind: 'error' });
  expect(await wallMs(() => failureOf(call()))).toBeGreaterThanOrEqual(119);
  expect(await gateway.call('SSM', 'DescribeParameters', {})).toMatchObject({ Parameters: [] });
});

test('a gateway that closes keeps no late answer', async ({ gateway }) => {
  await breakApi(gateway, 'a', 'ssm', { kind: 'latency', latencyWallMs: 60_000 });
  const call = failureOf(new SSMClient(gateway.clientOptions).send(new DescribeParametersCommand({})));
  await gateway[Symbol.asyncDispose]();
  expect((await call).name).not.toBe('');
});

test('a service that there is not, or an effect that cannot be had, is refused', async ({ gateway }) => {
  await expect(breakApi(gateway, 'a', 'dynamodb', { kind: 'error' })).rejects.toThrow(
    'Cannot break the AWS API of "dynamodb": expected one of ec2, eks, iam, route53, s3, ssm',
  );
  await expect(breakApi(gateway, 'a', 'ssm', { kind: 'latency', latencyWallMs: -1 })).rejects.toThrow(
    'Cannot break',
  );
});

function breakApi(
  { faults }: TestGateway,
  id: string,
  service: string,
  effect: ApiFault['effect'],
): Promise<void> {
  return faults.break(id, { plane: 'aws-api', service, effect });
}

type Failure = Parameters<typeof isThrottlingError>[0];

async function failureOf(call: Promise<object>): Promise<Failure> {
  const outcome = await call.catch((error: Failure) => error);
  if (outcome instanceof Error) return outcome as Failure;
  throw new TypeError(`Expected the call to fail, got ${JSON.stringify(outcome)}`);
}

async function wallMs(task: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await task();
  return performance.now() - startedMs;
}
