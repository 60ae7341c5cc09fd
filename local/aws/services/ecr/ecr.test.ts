import { createHash } from 'node:crypto';
import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  ECRClient,
  ImageNotFoundException,
  ImageTagAlreadyExistsException,
  ListImagesCommand,
  PutImageCommand,
  RepositoryAlreadyExistsException,
  RepositoryNotEmptyException,
} from '@aws-sdk/client-ecr';
import { test as base, expect } from 'vitest';
import { startTestGateway, type TestGateway } from '../test-gateway.ts';
import { createEcrService, type EcrService } from './ecr.ts';

const repositoryName = 'artifacthub/hub';
const test = base.extend<{ gateway: TestGateway; client: ECRClient }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads a fixture's needs from its pattern
  gateway: async ({}, use) => {
    await using gateway = await startTestGateway((context) => [createEcrService(context)]);
    await use(gateway);
  },
  client: async ({ gateway }, use) => {
    await use(new ECRClient(gateway.clientOptions));
  },
});

const manifest = (size: number): string => JSON.stringify({ schemaVersion: 2, layers: [{ size }] });
const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const put = (imageTag: string, imageManifest: string) =>
  new PutImageCommand({ repositoryName, imageTag, imageManifest });

test('a tag of an immutable repository means one image for good', async ({ client, gateway }) => {
  const [service] = gateway.services as [EcrService];
  const create = new CreateRepositoryCommand({ repositoryName, imageTagMutability: 'IMMUTABLE' });
  const { repository } = await client.send(create);
  expect(repository?.repositoryUri).toBe('111122223333.dkr.ecr.us-east-1.amazonaws.com/artifacthub/hub');
  await expect(client.send(create)).rejects.toBeInstanceOf(RepositoryAlreadyExistsException);
  const { image } = await client.send(put('v1', manifest(1)));
  expect(image?.imageId).toEqual({ imageDigest: digestOf(manifest(1)), imageTag: 'v1' });
  await expect(client.send(put('v1', manifest(2)))).rejects.toBeInstanceOf(ImageTagAlreadyExistsException);
  await client.send(put('v2', manifest(2)));
  const { imageDetails } = await client.send(
    new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: 'v2' }] }),
  );
  expect(imageDetails).toMatchObject([
    { imageDigest: digestOf(manifest(2)), imageTags: ['v2'], imageSizeInBytes: 2 },
  ]);
  expect((await client.send(new ListImagesCommand({ repositoryName }))).imageIds).toHaveLength(2);
  expect(service.resolveImage(`${repository?.repositoryUri}:v1`)).toBe(digestOf(manifest(1)));
  expect(service.resolveImage(`${repository?.repositoryUri}:v3`)).toBeUndefined();
});

test('an image that is not there is a failure of the batch, and an error of a description', async ({
  client,
}) => {
  await client.send(new CreateRepositoryCommand({ repositoryName }));
  const batch = await client.send(
    new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: 'v1' }] }),
  );
  expect(batch).toMatchObject({ images: [], failures: [{ failureCode: 'ImageNotFound' }] });
  const describe = new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: 'v1' }] });
  await expect(client.send(describe)).rejects.toBeInstanceOf(ImageNotFoundException);
  await client.send(put('v1', manifest(1)));
  await client.send(put('v1', manifest(2)));
  const moved = await client.send(
    new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: 'v1' }] }),
  );
  expect(moved.images?.[0]?.imageId?.imageDigest).toBe(digestOf(manifest(2)));
  const remove = (force: boolean) => client.send(new DeleteRepositoryCommand({ repositoryName, force }));
  await expect(remove(false)).rejects.toBeInstanceOf(RepositoryNotEmptyException);
  await remove(true);
});
