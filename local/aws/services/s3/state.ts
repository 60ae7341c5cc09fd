import type { GetBucketWebsiteCommandOutput, PublicAccessBlockConfiguration, Tag } from '@aws-sdk/client-s3';
import { AwsError, type ServiceContext } from '../../service.ts';
import type { BucketPolicy } from './bucket-policy.ts';

export interface S3State {
  readonly context: ServiceContext;
  readonly buckets: Map<string, StoredBucket>;
}

export type Website = Pick<
  GetBucketWebsiteCommandOutput,
  'IndexDocument' | 'ErrorDocument' | 'RedirectAllRequestsTo'
>;

export interface StoredBucket {
  readonly name: string;
  readonly createdAt: Date;
  /** By key, oldest first. Without versioning there is one. */
  readonly objects: Map<string, StoredObject[]>;
  tags: Tag[];
  policy: { readonly text: string; readonly parsed: BucketPolicy } | undefined;
  website: Website | undefined;
  publicAccessBlock: PublicAccessBlockConfiguration | undefined;
  versioning: 'Enabled' | 'Suspended' | undefined;
}

export interface StoredObject {
  readonly key: string;
  readonly body: Uint8Array;
  /** With its quotes. */
  readonly etag: string;
  readonly lastModified: Date;
  readonly contentType: string;
  /** Cache-Control, Content-Encoding and the like, in lower case, as they were given. */
  readonly headers: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  /** In Base64, when the writer gave one. */
  readonly crc32: string | undefined;
  readonly versionId: string | undefined;
  /** What a deletion leaves behind where versions are kept. */
  readonly isDeleteMarker: boolean;
}

export function findBucket({ buckets }: S3State, name: string | undefined): StoredBucket {
  const bucket = buckets.get(name ?? '');
  if (bucket) return bucket;
  throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', { BucketName: name });
}

/** The newest version, unless it marks a deletion. */
export function currentObject({ objects }: StoredBucket, key: string): StoredObject | undefined {
  const newest = objects.get(key)?.at(-1);
  return newest?.isDeleteMarker ? undefined : newest;
}
