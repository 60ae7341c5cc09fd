import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketPolicyCommand,
  GetBucketWebsiteCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutBucketWebsiteCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { test as base, expect } from 'vitest';
import { startTestGateway, type TestGateway } from '../test-gateway.ts';
import { createS3Service } from './s3.ts';

const Bucket = 'maintenance.example';
const test = base.extend<{ gateway: TestGateway; client: S3Client }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads a fixture's needs from its pattern
  gateway: async ({}, use) => {
    await using gateway = await startTestGateway((context) => [createS3Service(context)]);
    await use(gateway);
  },
  client: async ({ gateway }, use) => {
    const client = new S3Client({ ...gateway.clientOptions, forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket }));
    await use(client);
  },
});

test('an object comes back with its bytes, type, ETag and metadata', async ({ client }) => {
  const put = await client.send(
    new PutObjectCommand({
      Bucket,
      Key: 'a dir/../é+&.html',
      Body: '<h1>Back soon</h1>',
      ContentType: 'text/html',
      CacheControl: 'max-age=60',
      Metadata: { owner: 'hub' },
    }),
  );
  const got = await client.send(new GetObjectCommand({ Bucket, Key: 'a dir/../é+&.html' }));
  expect(await got.Body?.transformToString()).toBe('<h1>Back soon</h1>');
  expect(got).toMatchObject({
    ETag: put.ETag,
    ContentType: 'text/html',
    CacheControl: 'max-age=60',
    Metadata: { owner: 'hub' },
    ContentLength: 18,
  });
  expect(put.ETag).toBe('"c333dab860cff5f5a265a7cb0f76690b"');
  const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'a dir/../é+&.html' }));
  expect(head.ContentLength).toBe(18);
});

test('bodies of some megabytes come back whole, streamed or not, several at once', async ({ client }) => {
  const bodies = Array.from({ length: 4 }, (_, n) => randomBytes((n + 2) * 1024 * 1024 + n));
  await Promise.all(
    bodies.map((body, n) =>
      client.send(
        new PutObjectCommand({
          Bucket,
          Key: `shard-${n}`,
          Body: n % 2 ? Readable.from(body, { objectMode: false }) : body,
          ContentLength: body.length,
        }),
      ),
    ),
  );
  const { Contents } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'shard-' }));
  expect(Contents?.map(({ Size }) => Size)).toEqual(bodies.map(({ length }) => length));
  const got = await Promise.all(
    bodies.map(async (_, n) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: `shard-${n}` }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    }),
  );
  expect(got.map((body, n) => body.equals(bodies[n] ?? Buffer.alloc(0)))).toEqual([true, true, true, true]);
  const Objects = bodies.map((_, n) => ({ Key: `shard-${n}` }));
  const { Deleted } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  expect(Deleted?.length).toBe(4);
  expect((await client.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
});

test('what is not there and what is not built have their own errors', async ({ client }) => {
  await expect(client.send(new GetObjectCommand({ Bucket, Key: 'x' }))).rejects.toBeInstanceOf(NoSuchKey);
  await expect(client.send(new HeadObjectCommand({ Bucket, Key: 'x' }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 404 },
  });
  await expect(client.send(new GetObjectCommand({ Bucket: 'other', Key: 'x' }))).rejects.toMatchObject({
    name: 'NoSuchBucket',
    $metadata: { httpStatusCode: 404 },
  });
  const part = new UploadPartCommand({ Bucket, Key: 'x', UploadId: 'u', PartNumber: 1, Body: 'x' });
  await expect(client.send(part)).rejects.toMatchObject({ name: 'NotImplemented' });
  await client.send(new PutObjectCommand({ Bucket, Key: 'x', Body: 'x' }));
  await expect(client.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({
    name: 'BucketNotEmpty',
  });
});

test('keys are listed in pages and by folder', async ({ client }) => {
  for (const Key of ['a/1', 'a/2', 'b', 'c/1'])
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  const folders = await client.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }));
  expect(folders.Contents?.map(({ Key }) => Key)).toEqual(['b']);
  expect(folders.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(['a/', 'c/']);
  const first = await client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 3 }));
  const rest = await client.send(
    new ListObjectsV2Command({ Bucket, MaxKeys: 3, ContinuationToken: first.NextContinuationToken }),
  );
  expect([...(first.Contents ?? []), ...(rest.Contents ?? [])].map(({ Key }) => Key)).toEqual([
    'a/1',
    'a/2',
    'b',
    'c/1',
  ]);
  const buckets = await client.send(new ListBucketsCommand({}));
  expect(buckets.Buckets?.map(({ Name }) => Name)).toEqual([Bucket]);
});

test('a public policy is blocked, one for a distribution is kept as it was written', async ({ client }) => {
  const statement = (Principal: unknown) =>
    JSON.stringify({
      Statement: [
        { Effect: 'Allow', Principal, Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` },
      ],
    });
  const put = (Policy: string) => client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  await expect(put(statement('*'))).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(put('{')).rejects.toMatchObject({ name: 'MalformedPolicy' });
  await put(statement({ Service: 'cloudfront.amazonaws.com' }));
  const { Policy } = await client.send(new GetBucketPolicyCommand({ Bucket }));
  expect(Policy).toBe(statement({ Service: 'cloudfront.amazonaws.com' }));
});

test('a website configuration comes back, without an index it is refused', async ({ client }) => {
  const WebsiteConfiguration = {
    IndexDocument: { Suffix: 'index.html' },
    ErrorDocument: { Key: 'error.html' },
  };
  await client.send(new PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration }));
  const found = await client.send(new GetBucketWebsiteCommand({ Bucket }));
  expect(found).toMatchObject(WebsiteConfiguration);
  const empty = new PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration: {} });
  await expect(client.send(empty)).rejects.toMatchObject({ name: 'InvalidArgument' });
});

test('where versions are kept a deleted object can be read again', async ({ client }) => {
  await client.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
  );
  const { VersionId } = await client.send(new PutObjectCommand({ Bucket, Key: 'x', Body: 'one' }));
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'x' }));
  await expect(client.send(new GetObjectCommand({ Bucket, Key: 'x' }))).rejects.toBeInstanceOf(NoSuchKey);
  const old = await client.send(new GetObjectCommand({ Bucket, Key: 'x', VersionId }));
  expect(await old.Body?.transformToString()).toBe('one');
});

test('the AWS CLI copies files there and back; a wrong checksum is refused', async ({ client, gateway }) => {
  const directory = await mkdtemp(join(tmpdir(), 'stormproof-s3-'));
  try {
    const source = join(directory, 'page.html');
    await writeFile(source, 'from the CLI\r\n'.repeat(1000));
    await aws(gateway, 's3', 'cp', source, `s3://${Bucket}/page.html`);
    await aws(gateway, 's3', 'cp', `s3://${Bucket}/page.html`, join(directory, 'copy.html'));
    expect(await readFile(join(directory, 'copy.html'))).toEqual(await readFile(source));
    expect(await aws(gateway, 's3', 'ls', `s3://${Bucket}/`)).toContain('page.html');
    await client.send(new HeadObjectCommand({ Bucket, Key: 'page.html' }));
    const wrong = new PutObjectCommand({ Bucket, Key: 'y', Body: 'y', ChecksumCRC32: 'AAAAAA==' });
    await expect(client.send(wrong)).rejects.toMatchObject({ name: 'BadDigest' });
  } finally {
    await rm(directory, { recursive: true });
  }
});

async function aws({ url }: TestGateway, ...args: string[]): Promise<string> {
  const env = {
    PATH: process.env.PATH,
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
    AWS_DEFAULT_REGION: 'us-east-1',
  };
  return (await promisify(execFile)('aws', [...args, '--endpoint-url', url], { env })).stdout;
}
