import * as ecr from '@aws-sdk/client-ecr';
import { AwsError, type AwsService, type Handler, type ServiceContext } from '../../service.ts';
import { announcing } from '../announcing.ts';
import { pageOf } from '../page.ts';
import { createTagStore, type TagStore } from '../tag-store.ts';
import { imageHandlers } from './images.ts';
import { findRepository, type Registry, type StoredRepository } from './registry.ts';

export interface EcrService extends AwsService {
  /** What a node pulls: `account.dkr.ecr.region.amazonaws.com/name:tag` or `@digest` → the digest, if it is there. */
  resolveImage(reference: string): string | undefined;
}

export function createEcrService(context: ServiceContext): EcrService {
  const registry: Registry = { context, repositories: new Map() };
  const tags = createTagStore();
  const handlers = {
    ...repositoryHandlers(registry, tags),
    ...imageHandlers(registry),
    ...tagHandlers(registry, tags),
  };
  return {
    sdk: ecr,
    client: ecr.ECRClient,
    handlers: announcing(handlers, context),
    enums: { imageTagMutability: ecr.ImageTagMutability },
    invalidInputCodes: { missing: 'InvalidParameterException', constraint: 'InvalidParameterException' },
    resolveImage: (reference) => resolveImage(registry, reference),
  };
}

function repositoryHandlers(registry: Registry, tags: TagStore): Record<string, Handler> {
  const { repositories, context } = registry;
  return {
    CreateRepository: (input: ecr.CreateRepositoryCommandInput) => {
      const { repository } = createRepository(registry, input);
      tags.add(repository.repositoryArn ?? '', input.tags ?? []);
      return { repository };
    },
    DescribeRepositories: ({
      repositoryNames,
      maxResults = 100,
      nextToken,
    }: ecr.DescribeRepositoriesCommandInput) => {
      const wanted = repositoryNames?.map((name) => findRepository(registry, name)) ?? [
        ...repositories.values(),
      ];
      const shown = wanted.map(({ repository }) => repository);
      const page = pageOf(shown, {
        from: nextToken,
        limit: maxResults,
        keyOf: ({ repositoryName }) => repositoryName,
      });
      return { repositories: page.items, nextToken: page.next };
    },
    DeleteRepository: ({ repositoryName = '', force = false }: ecr.DeleteRepositoryCommandInput) => {
      const { repository, images } = findRepository(registry, repositoryName);
      if (images.size > 0 && !force) {
        throw new AwsError(
          'RepositoryNotEmptyException',
          `The repository with name '${repositoryName}' in registry with id '${context.accountId}' cannot be deleted because it still contains images`,
        );
      }
      repositories.delete(repositoryName);
      tags.drop(repository.repositoryArn ?? '');
      return { repository };
    },
    PutImageTagMutability: ({
      repositoryName,
      imageTagMutability,
    }: ecr.PutImageTagMutabilityCommandInput) => {
      findRepository(registry, repositoryName).repository.imageTagMutability = imageTagMutability;
      return { registryId: context.accountId, repositoryName, imageTagMutability };
    },
    PutImageScanningConfiguration: (input: ecr.PutImageScanningConfigurationCommandInput) => {
      const { repositoryName, imageScanningConfiguration } = input;
      findRepository(registry, repositoryName).repository.imageScanningConfiguration =
        imageScanningConfiguration;
      return { registryId: context.accountId, repositoryName, imageScanningConfiguration };
    },
    // Nobody logs in to the registry here: the token has AWS's form and opens nothing.
    GetAuthorizationToken: () => ({
      authorizationData: [
        {
          authorizationToken: Buffer.from(`AWS:${context.random.text(64)}`).toString('base64'),
          expiresAt: new Date(context.clock.now().getTime() + 12 * 3_600_000),
          proxyEndpoint: `https://${registryHost(context)}`,
        },
      ],
    }),
  };
}

function createRepository(registry: Registry, input: ecr.CreateRepositoryCommandInput): StoredRepository {
  const { repositories, context } = registry;
  const {
    repositoryName = '',
    imageTagMutability = 'MUTABLE',
    imageScanningConfiguration,
    encryptionConfiguration,
  } = input;
  if (!/^[a-z0-9]+([._/-]+[a-z0-9]+)*$/.test(repositoryName) || repositoryName.length < 2) {
    throw new AwsError(
      'InvalidParameterException',
      "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*''",
    );
  }
  if (repositories.has(repositoryName)) {
    throw new AwsError(
      'RepositoryAlreadyExistsException',
      `The repository with name '${repositoryName}' already exists in the registry with id '${context.accountId}'`,
    );
  }
  const stored: StoredRepository = {
    repository: {
      repositoryName,
      repositoryArn: `arn:aws:ecr:${context.region}:${context.accountId}:repository/${repositoryName}`,
      registryId: context.accountId,
      repositoryUri: `${registryHost(context)}/${repositoryName}`,
      createdAt: context.clock.now(),
      imageTagMutability,
      imageScanningConfiguration: imageScanningConfiguration ?? { scanOnPush: false },
      encryptionConfiguration: encryptionConfiguration ?? { encryptionType: 'AES256' },
    },
    images: new Map(),
    tags: new Map(),
  };
  repositories.set(repositoryName, stored);
  return stored;
}

function tagHandlers(registry: Registry, tags: TagStore): Record<string, Handler> {
  const check = (arn = ''): string => {
    findRepository(registry, arn.split(':repository/')[1]);
    return arn;
  };
  return {
    TagResource: ({ resourceArn, tags: added }: ecr.TagResourceCommandInput) => {
      tags.add(check(resourceArn), added ?? []);
      return {};
    },
    UntagResource: ({ resourceArn, tagKeys }: ecr.UntagResourceCommandInput) => {
      tags.remove(check(resourceArn), tagKeys ?? []);
      return {};
    },
    ListTagsForResource: ({ resourceArn }: ecr.ListTagsForResourceCommandInput) => ({
      tags: tags.list(check(resourceArn)),
    }),
  };
}

function resolveImage({ repositories, context }: Registry, reference: string): string | undefined {
  const match = /^([^/]+)\/([^:@]+)(?:@(sha256:[0-9a-f]{64})|:([\w.-]+))?$/.exec(reference);
  if (!match || match[1] !== registryHost(context)) return undefined;
  const [, , name = '', digest, tag = 'latest'] = match;
  const stored = repositories.get(name);
  const found = digest ?? stored?.tags.get(tag);
  return found !== undefined && stored?.images.has(found) ? found : undefined;
}

function registryHost({ accountId, region }: ServiceContext): string {
  return `${accountId}.dkr.ecr.${region}.amazonaws.com`;
}
