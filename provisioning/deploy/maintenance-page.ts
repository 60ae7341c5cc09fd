import type { S3Client } from '@aws-sdk/client-s3';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { EdgeBlueprint } from './blueprint.ts';

export async function uploadMaintenancePage(
  client: S3Client,
  { maintenance }: EdgeBlueprint,
  signal: AbortSignal,
): Promise<void> {
  const put = new PutObjectCommand({
    Bucket: maintenance.bucket,
    Key: maintenance.pagePath.slice(1),
    Body: maintenance.html,
    ContentType: 'text/html; charset=utf-8',
    CacheControl: 'max-age=60',
  });
  await client.send(put, { abortSignal: signal });
}
