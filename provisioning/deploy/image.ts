import type { ECRClient } from '@aws-sdk/client-ecr';
import { DescribeImagesCommand, PutImageCommand } from '@aws-sdk/client-ecr';
import type { ImageBlueprint } from './blueprint.ts';

/** Sees to it that the registry has the release's tag. Who builds images pushes them; we register a record at most. */
export async function ensureImage(
  client: ECRClient,
  { repository: repositoryName, tag: imageTag, imageManifest }: ImageBlueprint,
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag }] }), {
      abortSignal: signal,
    });
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ImageNotFoundException')) throw error;
    if (imageManifest === undefined)
      throw new Error(
        `Cannot deploy ${repositoryName}:${imageTag}: the registry has no image with this tag; push it first`,
        { cause: error },
      );
    await client.send(new PutImageCommand({ repositoryName, imageTag, imageManifest }), {
      abortSignal: signal,
    });
  }
}
