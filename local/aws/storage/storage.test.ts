import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { test as base, expect } from 'vitest';
import { createCertificateAuthority } from '../../base/certificates.ts';
import { createClock } from '../../base/clock.ts';
import { createRandom } from '../../base/random.ts';
import { createS3Service } from '../services/s3/s3.ts';
import { startTestGateway, type TestGateway } from '../services/test-gateway.ts';
import { startStorage } from './storage.ts';

const distributionArn = 'arn:aws:cloudfront::111122223333:distribution/E1';
const restHost = 'maintenance.s3.us-east-1.amazonaws.com';
const websiteHost = 'maintenance.s3-website-us-east-1.amazonaws.com';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const test = base.extend<{
  running: { s3: TestGateway; get: (host: string, path: string, headers?: object) => Promise<Answer> };
}>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads a fixture's needs from its pattern
  running: async ({}, use) => {
    const authority = await createCertificateAuthority('test root');
    const issued = await authority.issue({ names: [`*.s3.us-east-1.amazonaws.com`] });
    let service: ReturnType<typeof createS3Service> | undefined;
    await using s3 = await startTestGateway((context) => {
      service = createS3Service(context);
      return [service];
    });
    if (!service) throw new TypeError('Cannot start storage: expected a service');
    await s3.call('S3', 'CreateBucket', { Bucket: 'maintenance' });
    const index = new TextEncoder().encode('<h1>Back soon</h1>');
    await s3.call('S3', 'PutObject', {
      Bucket: 'maintenance',
      Key: 'maintenance/index.html',
      Body: index,
      ContentType: 'text/html',
    });
    await using storage = await startStorage({
      listeners: [
        { host: '127.0.0.1', port: 0 },
        { host: '127.0.0.1', port: 0, tls: issued },
      ],
      s3: service,
      authorizeOac: ({ authorization }) =>
        authorization?.startsWith('AWS4-HMAC-SHA256 Credential=CLOUDFRONT')
          ? { distributionArn, accountId: '111122223333' }
          : undefined,
      faults: s3.faults,
      region: 'us-east-1',
      clock: createClock({ speed: 10 }),
      random: createRandom(1),
    });
    const [plain, secure] = storage.ports;
    const get = (host: string, path: string, headers: object = {}): Promise<Answer> => {
      const tls = host === restHost;
      const send = tls ? httpsRequest : httpRequest;
      const port = tls ? secure : plain;
      return read(send, {
        host: '127.0.0.1',
        port,
        path,
        headers: { host, ...headers },
        servername: host,
        ca: authority.certificatePem,
      });
    };
    await use({ s3, get });
  },
});

const oac = { authorization: 'AWS4-HMAC-SHA256 Credential=CLOUDFRONT/20260101/us-east-1/s3/aws4_request' };
const allowDistribution = (sourceArn: string, Action: string | string[] = 's3:GetObject'): object => ({
  Bucket: 'maintenance',
  Policy: JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Service: 'cloudfront.amazonaws.com' },
      Action,
      Resource: ['arn:aws:s3:::maintenance', 'arn:aws:s3:::maintenance/*'],
      Condition: { StringEquals: { 'AWS:SourceArn': sourceArn } },
    },
  }),
});

test('when S3 fails or has had too many calls, both doors say so in their own format', async ({
  running,
}) => {
  const { s3, get } = running;
  const broken = async (kind: 'error' | 'throttling') => {
    await s3.faults.break(kind, { plane: 'aws-api', service: 's3', effect: { kind } });
    const rest = await get(restHost, '/maintenance/index.html');
    const website = await get(websiteHost, '/maintenance/');
    await s3.faults.mend(kind);
    return [rest.status, rest.body, website.status, website.headers['x-amz-error-code']];
  };
  expect(await broken('error')).toEqual([
    500,
    expect.stringContaining('<Code>InternalError</Code>'),
    500,
    'InternalError',
  ]);
  expect(await broken('throttling')).toEqual([
    503,
    expect.stringContaining('<Code>SlowDown</Code>'),
    503,
    'SlowDown',
  ]);
  expect((await get(restHost, '/maintenance/index.html')).status).toBe(403);
});

test('a private bucket opens for its distribution alone', async ({ running: { s3, get } }) => {
  const page = '/maintenance/index.html';
  expect(await get(restHost, page, oac)).toMatchObject({ status: 403 });
  await s3.call('S3', 'PutBucketPolicy', allowDistribution(distributionArn));
  const found = await get(restHost, page, oac);
  expect(found).toMatchObject({
    status: 200,
    body: '<h1>Back soon</h1>',
    headers: { 'content-type': 'text/html' },
  });
  const again = await get(restHost, page, { ...oac, 'if-none-match': found.headers.etag });
  expect(again).toMatchObject({ status: 304, body: '' });
  expect(await get(restHost, page)).toMatchObject({
    status: 403,
    body: expect.stringContaining('<Code>AccessDenied</Code>'),
  });
  const forged = { authorization: 'AWS4-HMAC-SHA256 Credential=SOMEBODY/20260101/us-east-1/s3/aws4_request' };
  expect(await get(restHost, page, forged)).toMatchObject({
    status: 403,
    body: expect.stringContaining('InvalidAccessKeyId'),
  });
  await s3.call('S3', 'PutBucketPolicy', allowDistribution(`${distributionArn}OTHER`));
  expect(await get(restHost, page, oac)).toMatchObject({ status: 403 });
});

test('a missing key is 403 to whom may not list, and 404 to whom may', async ({ running: { s3, get } }) => {
  await s3.call('S3', 'PutBucketPolicy', allowDistribution(distributionArn));
  expect(await get(restHost, '/nope', oac)).toMatchObject({ status: 403 });
  await s3.call(
    'S3',
    'PutBucketPolicy',
    allowDistribution(distributionArn, ['s3:GetObject', 's3:ListBucket']),
  );
  expect(await get(restHost, '/nope', oac)).toMatchObject({
    status: 404,
    body: expect.stringContaining('<Key>nope</Key>'),
  });
  expect(await get('other.s3.us-east-1.amazonaws.com', '/x')).toMatchObject({
    status: 404,
    body: expect.stringContaining('<Code>NoSuchBucket</Code>'),
  });
});

test('a website serves index and error documents to everybody, once it may', async ({
  running: { s3, get },
}) => {
  expect(await get(websiteHost, '/')).toMatchObject({
    status: 404,
    body: expect.stringContaining('NoSuchWebsiteConfiguration'),
  });
  const WebsiteConfiguration = {
    IndexDocument: { Suffix: 'index.html' },
    ErrorDocument: { Key: 'maintenance/index.html' },
  };
  await s3.call('S3', 'PutBucketWebsite', { Bucket: 'maintenance', WebsiteConfiguration });
  expect(await get(websiteHost, '/maintenance/')).toMatchObject({ status: 403 });
  await s3.call('S3', 'DeletePublicAccessBlock', { Bucket: 'maintenance' });
  const Policy = JSON.stringify({
    Statement: [
      { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::maintenance/*' },
    ],
  });
  await s3.call('S3', 'PutBucketPolicy', { Bucket: 'maintenance', Policy });
  expect(await get(websiteHost, '/maintenance/')).toMatchObject({ status: 200, body: '<h1>Back soon</h1>' });
  expect(await get(websiteHost, '/maintenance')).toMatchObject({
    status: 302,
    headers: { location: '/maintenance/' },
  });
  expect(await get(websiteHost, '/nope')).toMatchObject({ status: 403, body: '<h1>Back soon</h1>' });
});

function read(send: typeof httpRequest, options: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = send(options, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: Buffer.concat(chunks).toString(),
      });
    });
    request.once('error', reject).end();
  });
}
