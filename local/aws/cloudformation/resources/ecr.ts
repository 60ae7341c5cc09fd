import type { DescribeRepositoriesCommandOutput } from '@aws-sdk/client-ecr';
import { CreateRepositoryRequest$ } from '@aws-sdk/client-ecr';
import { unlessAbsent } from './absent.ts';
import { toInput } from './input.ts';
import type { ResourceType } from './resource-type.ts';

export const repository: ResourceType = {
  type: 'AWS::ECR::Repository',
  properties: {
    RepositoryName: 'replace',
    EncryptionConfiguration: 'replace',
    ImageTagMutability: 'update',
    ImageScanningConfiguration: 'update',
    EmptyOnDelete: 'update',
    Tags: 'fixed',
  },
  nameProperty: 'RepositoryName',
  attributes: ['Arn', 'RepositoryUri'],
  tags: 'list',
  create: async (properties, tools) => {
    const { EmptyOnDelete: _empty, ...rest } = properties;
    const repositoryName = properties.RepositoryName ?? tools.name({ maximum: 256, lowerCase: true });
    await tools.call(
      'ecr',
      'CreateRepository',
      toInput(CreateRepositoryRequest$, { ...rest, RepositoryName: repositoryName }),
    );
    tools.identify(String(repositoryName));
  },
  read: async (id, tools) => {
    const output = await tools.call<DescribeRepositoriesCommandOutput>('ecr', 'DescribeRepositories', {
      repositoryNames: [id],
    });
    const [found] = output.repositories ?? [];
    return { Arn: found?.repositoryArn, RepositoryUri: found?.repositoryUri };
  },
  update: async ({ id, after, changed }, tools) => {
    if (changed.has('ImageTagMutability'))
      await tools.call('ecr', 'PutImageTagMutability', {
        repositoryName: id,
        imageTagMutability: after.ImageTagMutability ?? 'MUTABLE',
      });
    if (changed.has('ImageScanningConfiguration')) {
      const { ScanOnPush = false } = (after.ImageScanningConfiguration ?? {}) as { ScanOnPush?: unknown };
      await tools.call('ecr', 'PutImageScanningConfiguration', {
        repositoryName: id,
        imageScanningConfiguration: { scanOnPush: String(ScanOnPush) === 'true' },
      });
    }
  },
  delete: (id, tools, properties) =>
    unlessAbsent(
      tools.call('ecr', 'DeleteRepository', {
        repositoryName: id,
        force: String(properties.EmptyOnDelete ?? false) === 'true',
      }),
    ),
};
