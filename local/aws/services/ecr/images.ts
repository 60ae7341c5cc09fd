import type {
  BatchDeleteImageCommandInput,
  BatchGetImageCommandInput,
  DescribeImagesCommandInput,
  ImageFailure,
  ImageIdentifier,
  ListImagesCommandInput,
  PutImageCommandInput,
} from '@aws-sdk/client-ecr';
import { AwsError, type Handler } from '../../service.ts';
import { pageOf } from '../page.ts';
import {
  describedImage,
  findRepository,
  putImage,
  type Registry,
  resolve,
  type StoredRepository,
  shownImage,
  tagsOf,
} from './registry.ts';

export function imageHandlers(registry: Registry): Record<string, Handler> {
  return {
    PutImage: (input: PutImageCommandInput) => {
      const image = putImage(registry, input);
      return {
        image: shownImage(registry, findRepository(registry, input.repositoryName), image, input.imageTag),
      };
    },
    BatchGetImage: ({ repositoryName, imageIds = [] }: BatchGetImageCommandInput) => {
      const stored = findRepository(registry, repositoryName);
      const images = imageIds.flatMap((id) => {
        const image = resolve(stored, id);
        return image ? [shownImage(registry, stored, image, id.imageTag)] : [];
      });
      return { images, failures: failuresOf(stored, imageIds) };
    },
    DescribeImages: ({
      repositoryName,
      imageIds,
      maxResults = 100,
      nextToken,
      filter,
    }: DescribeImagesCommandInput) => {
      const stored = findRepository(registry, repositoryName);
      const wanted = imageIds?.map((id) => resolve(stored, id) ?? missing(registry, stored, id)) ?? [
        ...stored.images.values(),
      ];
      const status = wanted.filter(({ digest }) =>
        hasStatus(filter?.tagStatus, tagsOf(stored, digest).length > 0),
      );
      const page = pageOf(status, { from: nextToken, limit: maxResults, keyOf: ({ digest }) => digest });
      return {
        imageDetails: page.items.map((image) => describedImage(registry, stored, image)),
        nextToken: page.next,
      };
    },
    ListImages: ({ repositoryName, maxResults = 100, nextToken, filter }: ListImagesCommandInput) => {
      const stored = findRepository(registry, repositoryName);
      const ids = [...stored.images.keys()]
        .flatMap((imageDigest): ImageIdentifier[] => {
          const tags = tagsOf(stored, imageDigest);
          return tags.length > 0 ? tags.map((imageTag) => ({ imageDigest, imageTag })) : [{ imageDigest }];
        })
        .filter(({ imageTag }) => hasStatus(filter?.tagStatus, imageTag !== undefined));
      const page = pageOf(ids, {
        from: nextToken,
        limit: maxResults,
        keyOf: (id) => `${id.imageDigest} ${id.imageTag}`,
      });
      return { imageIds: page.items, nextToken: page.next };
    },
    BatchDeleteImage: ({ repositoryName, imageIds = [] }: BatchDeleteImageCommandInput) => {
      const stored = findRepository(registry, repositoryName);
      const failures = failuresOf(stored, imageIds);
      const deleted = imageIds.filter((id) => resolve(stored, id)).map((id) => deleteImage(stored, id));
      return { imageIds: deleted, failures };
    },
  };
}

/** A tag alone is taken off; the image goes with its last tag, or when its digest is named. */
function deleteImage(stored: StoredRepository, id: ImageIdentifier): ImageIdentifier {
  const imageDigest = resolve(stored, id)?.digest ?? '';
  if (id.imageTag) stored.tags.delete(id.imageTag);
  else for (const tag of tagsOf(stored, imageDigest)) stored.tags.delete(tag);
  if (tagsOf(stored, imageDigest).length === 0) stored.images.delete(imageDigest);
  return { ...id, imageDigest };
}

function failuresOf(stored: StoredRepository, ids: readonly ImageIdentifier[]): ImageFailure[] {
  return ids
    .filter((id) => !resolve(stored, id))
    .map((imageId) => ({
      imageId,
      failureCode: 'ImageNotFound',
      failureReason: 'Requested image not found',
    }));
}

function missing({ context }: Registry, { repository }: StoredRepository, id: ImageIdentifier): never {
  const shown = `{imageDigest:'${id.imageDigest ?? 'null'}', imageTag:'${id.imageTag ?? 'null'}'}`;
  throw new AwsError(
    'ImageNotFoundException',
    `The image with imageId ${shown} does not exist within the repository with name '${repository.repositoryName}' in the registry with id '${context.accountId}'`,
  );
}

function hasStatus(status: string | undefined, isTagged: boolean): boolean {
  return status === undefined || status === 'ANY' || (status === 'TAGGED') === isTagged;
}
