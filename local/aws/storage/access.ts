import type { S3Service } from '../services/s3/s3.ts';
import type { StorageRequest } from './storage-request.ts';

export type Reader = Pick<S3Service, 'hasBucket' | 'readObject' | 'websiteOf' | 'allows'>;

/** Asks the bucket's policy for whoever sent the request: a distribution that signed it, or anybody. */
export function mayRead(s3: Reader, bucket: string, key: string, request: StorageRequest): boolean {
  return isAllowed(s3, bucket, 's3:GetObject', `arn:aws:s3:::${bucket}/${key}`, request);
}

/** Who may not list a bucket is not told whether a key exists. */
export function mayList(s3: Reader, bucket: string, request: StorageRequest): boolean {
  return isAllowed(s3, bucket, 's3:ListBucket', `arn:aws:s3:::${bucket}`, request);
}

function isAllowed(
  s3: Reader,
  bucket: string,
  action: string,
  resource: string,
  { oac, secure }: StorageRequest,
): boolean {
  const signer = oac
    ? { 'aws:sourcearn': oac.distributionArn, 'aws:sourceaccount': oac.accountId }
    : ({} as Record<string, string>);
  return s3.allows(bucket, {
    ...(oac ? { service: 'cloudfront.amazonaws.com' } : {}),
    action,
    resource,
    conditions: { 'aws:securetransport': String(secure), ...signer },
  });
}
