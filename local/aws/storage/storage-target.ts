import type { StorageRequest } from './storage-request.ts';

/** Which bucket a host name stands for, through which of S3's two doors, and the key that is asked for. */
export interface StorageTarget {
  readonly kind: 'rest' | 'website';
  readonly bucket: string;
  readonly key: string;
}

/** The region's own name without a bucket reads path-style. */
export function storageTarget({ host, path }: StorageRequest, region: string): StorageTarget {
  const website = hostPattern(`s3-website[.-]${region}`).exec(host)?.[1];
  if (website) return { kind: 'website', bucket: website, key: decodeKey(path.slice(1)) };
  const bucket = hostPattern(`s3(?:[.-](?:dualstack\\.)?${region})?`).exec(host)?.[1];
  if (bucket) return { kind: 'rest', bucket, key: decodeKey(path.slice(1)) };
  const [, first = '', rest = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  return { kind: 'rest', bucket: decodeKey(first), key: decodeKey(rest) };
}

function hostPattern(door: string): RegExp {
  return new RegExp(`^(.+?)\\.${door}\\.amazonaws\\.com$`);
}

function decodeKey(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
