import { setOwn } from './shape.ts';
import type { WireRequest } from './wire.ts';

/** S3's operations are described without their bucket, which is in the path or in the host name. */
export function s3Address(request: WireRequest): {
  readonly bucket: string | undefined;
  readonly path: string;
} {
  const virtual = virtualHostBucket(request.headers.host ?? '');
  if (virtual) return { bucket: virtual, path: request.path };
  const [, bucket = '', rest = '/'] = /^\/([^/]*)(\/.*)?$/s.exec(request.path) ?? [];
  return bucket ? { bucket: decodeURIComponentOr(bucket), path: rest } : { bucket: undefined, path: '/' };
}

export function withBucket(input: object, bucket: string | undefined): object {
  if (bucket !== undefined) setOwn(input, 'Bucket', bucket);
  return input;
}

/** `bucket.s3.us-east-1.amazonaws.com`, and the older `bucket.s3.amazonaws.com` and `bucket.s3-us-east-1.…`. */
export function virtualHostBucket(host: string): string | undefined {
  return /^(.+?)\.s3(?:[.-][a-z0-9-]+)?\.(?:amazonaws\.com|localhost)(?::\d+)?$/i.exec(host)?.[1];
}

function decodeURIComponentOr(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
