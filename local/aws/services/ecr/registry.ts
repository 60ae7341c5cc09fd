import { createHash } from 'node:crypto';
import type {
  Image,
  ImageDetail,
  ImageIdentifier,
  PutImageCommandInput,
  Repository,
} from '@aws-sdk/client-ecr';
import { AwsError, type ServiceContext } from '../../service.ts';

export interface Registry {
  readonly context: ServiceContext;
  readonly repositories: Map<string, StoredRepository>;
}

export interface StoredRepository {
  readonly repository: Repository & { repositoryName: string };
  /** By digest. */
  readonly images: Map<string, StoredImage>;
  /** Tag → digest. */
  readonly tags: Map<string, string>;
}

export interface StoredImage {
  readonly digest: string;
  readonly manifest: string;
  readonly mediaType: string;
  readonly pushedAt: Date;
}

export function findRepository({ repositories, context }: Registry, name = ''): StoredRepository {
  const found = repositories.get(name);
  if (found) return found;
  throw new AwsError(
    'RepositoryNotFoundException',
    `The repository with name '${name}' does not exist in the registry with id '${context.accountId}'`,
  );
}

/** The digest is that of the manifest's bytes; layers are not kept, so none is missed. */
export function putImage(registry: Registry, input: PutImageCommandInput): StoredImage {
  const { imageManifest = '', imageTag, imageDigest } = input;
  const stored = findRepository(registry, input.repositoryName);
  const mediaType = input.imageManifestMediaType ?? manifestMediaType(imageManifest);
  const digest = `sha256:${createHash('sha256').update(imageManifest).digest('hex')}`;
  if (imageDigest !== undefined && imageDigest !== digest) {
    throw new AwsError(
      'ImageDigestDoesNotMatchException',
      `The calculated digest '${digest}' does not match the image digest '${imageDigest}'`,
    );
  }
  refuseTakenTag(registry, stored, { imageTag, digest });
  const image = stored.images.get(digest) ?? {
    digest,
    manifest: imageManifest,
    mediaType,
    pushedAt: registry.context.clock.now(),
  };
  stored.images.set(digest, image);
  if (imageTag !== undefined) stored.tags.set(imageTag, digest);
  return image;
}

export function resolve(
  { images, tags }: StoredRepository,
  { imageDigest, imageTag }: ImageIdentifier,
): StoredImage | undefined {
  const digest = imageDigest ?? tags.get(imageTag ?? '');
  if (imageDigest && imageTag && tags.get(imageTag) !== imageDigest) return undefined;
  return images.get(digest ?? '');
}

export function tagsOf({ tags }: StoredRepository, digest: string): string[] {
  return [...tags].filter(([, of]) => of === digest).map(([tag]) => tag);
}

export function shownImage(
  { context }: Registry,
  { repository }: StoredRepository,
  image: StoredImage,
  imageTag?: string,
): Image {
  return {
    registryId: context.accountId,
    repositoryName: repository.repositoryName,
    imageId: { imageDigest: image.digest, ...(imageTag === undefined ? {} : { imageTag }) },
    imageManifest: image.manifest,
    imageManifestMediaType: image.mediaType,
  };
}

export function describedImage(
  { context }: Registry,
  stored: StoredRepository,
  image: StoredImage,
): ImageDetail {
  const imageTags = tagsOf(stored, image.digest);
  return {
    registryId: context.accountId,
    repositoryName: stored.repository.repositoryName,
    imageDigest: image.digest,
    ...(imageTags.length > 0 ? { imageTags } : {}),
    imageSizeInBytes: layerBytes(image.manifest),
    imagePushedAt: image.pushedAt,
    imageManifestMediaType: image.mediaType,
    artifactMediaType: 'application/vnd.docker.container.image.v1+json',
  };
}

function refuseTakenTag(
  { context }: Registry,
  { repository, images, tags }: StoredRepository,
  { imageTag, digest }: { imageTag: string | undefined; digest: string },
): void {
  const where = `in the repository with name '${repository.repositoryName}' in registry with id '${context.accountId}'`;
  const taken = imageTag === undefined ? (images.has(digest) ? digest : undefined) : tags.get(imageTag);
  if (taken === digest) {
    throw new AwsError(
      'ImageAlreadyExistsException',
      `Image with digest '${digest}' and tag '${imageTag ?? 'null'}' already exists ${where}`,
    );
  }
  if (taken !== undefined && repository.imageTagMutability === 'IMMUTABLE') {
    throw new AwsError(
      'ImageTagAlreadyExistsException',
      `The image tag '${imageTag}' already exists in the '${repository.repositoryName}' repository and cannot be overwritten because the repository is immutable.`,
    );
  }
}

function manifestMediaType(manifest: string): string {
  return String(parseManifest(manifest).mediaType ?? 'application/vnd.docker.distribution.manifest.v2+json');
}

function layerBytes(manifest: string): number {
  const { layers } = parseManifest(manifest);
  if (!Array.isArray(layers)) return 0;
  return layers.reduce(
    (sum: number, layer: { size?: unknown }) => sum + (typeof layer.size === 'number' ? layer.size : 0),
    0,
  );
}

function parseManifest(manifest: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(manifest);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new AwsError(
    'InvalidParameterException',
    "Invalid parameter at 'imageManifest' failed to satisfy constraint: 'Invalid JSON syntax'",
  );
}
