import type { CommonPrefix, _Object as ListedObject, ListObjectsV2CommandInput } from '@aws-sdk/client-s3';
import { AwsError, type Handler } from '../../service.ts';
import { compareKeys } from '../page.ts';
import { currentObject, findBucket, type S3State, type StoredBucket } from './state.ts';

export function listObjectHandlers(state: S3State): Record<string, Handler> {
  return {
    ListObjectsV2: (input: ListObjectsV2CommandInput) => {
      const {
        Bucket,
        Prefix = '',
        Delimiter,
        MaxKeys = 1000,
        EncodingType,
        StartAfter,
        ContinuationToken,
      } = input;
      const after = ContinuationToken === undefined ? StartAfter : decodeToken(ContinuationToken);
      const entries = entriesOf(findBucket(state, Bucket), Prefix, Delimiter).filter(
        ({ name }) => after === undefined || compareKeys(name, after) > 0,
      );
      const page = entries.slice(0, Math.min(MaxKeys, 1000));
      const isTruncated = page.length < entries.length;
      const last = page.at(-1);
      const encode = EncodingType === 'url' ? encodeKey : (key: string) => key;
      return {
        Name: Bucket,
        Prefix: encode(Prefix),
        Delimiter,
        StartAfter,
        MaxKeys,
        EncodingType,
        KeyCount: page.length,
        IsTruncated: isTruncated,
        ContinuationToken,
        ...(isTruncated && last ? { NextContinuationToken: encodeToken(last.name) } : {}),
        Contents: page.flatMap(({ object }) =>
          object ? [{ ...object, Key: encode(object.Key ?? '') }] : [],
        ),
        CommonPrefixes: page.flatMap(({ prefix }) =>
          prefix?.Prefix === undefined ? [] : [{ Prefix: encode(prefix.Prefix) }],
        ),
      };
    },
  };
}

interface Entry {
  readonly name: string;
  readonly object?: ListedObject;
  readonly prefix?: CommonPrefix;
}

/** Keys in byte order; those that share what follows the prefix up to the delimiter are one entry. */
function entriesOf(bucket: StoredBucket, prefix: string, delimiter: string | undefined): Entry[] {
  const entries = new Map<string, Entry>();
  for (const key of [...bucket.objects.keys()].sort(compareKeys)) {
    const object = currentObject(bucket, key);
    if (!object || !key.startsWith(prefix)) continue;
    const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
    if (delimiter && end >= 0) {
      const name = key.slice(0, end + delimiter.length);
      entries.set(name, { name, prefix: { Prefix: name } });
    } else {
      const { etag, lastModified, body } = object;
      const listed = {
        Key: key,
        ETag: etag,
        LastModified: lastModified,
        Size: body.byteLength,
        StorageClass: 'STANDARD',
      } as const;
      entries.set(key, { name: key, object: listed });
    }
  }
  return [...entries.values()];
}

function encodeKey(key: string): string {
  return encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');
}

function encodeToken(name: string): string {
  return Buffer.from(name).toString('base64url');
}

function decodeToken(token: string): string {
  const name = Buffer.from(token, 'base64url').toString();
  if (encodeToken(name) === token) return name;
  throw new AwsError('InvalidArgument', 'The continuation token provided is incorrect', {
    ArgumentName: 'continuation-token',
  });
}
