import { createHash } from 'node:crypto';
import type {
  DeleteObjectCommandInput,
  DeleteObjectsCommandInput,
  GetObjectCommandInput,
  PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { AwsError, type Handler } from '../../service.ts';
import { currentObject, findBucket, type S3State, type StoredBucket, type StoredObject } from './state.ts';

export function objectHandlers(state: S3State): Record<string, Handler> {
  return {
    PutObject: (input: PutObjectCommandInput) => {
      const object = putObject(state, findBucket(state, input.Bucket), input);
      return {
        ETag: object.etag,
        VersionId: object.versionId,
        ChecksumCRC32: object.crc32,
        ServerSideEncryption: 'AES256',
      };
    },
    GetObject: (input: GetObjectCommandInput) => {
      const object = findObject(state, input);
      return { ...described(object, input), Body: object.body };
    },
    HeadObject: (input: GetObjectCommandInput) => described(findObject(state, input), input),
    DeleteObject: ({ Bucket, Key = '', VersionId }: DeleteObjectCommandInput) => {
      return deleteObject(state, findBucket(state, Bucket), Key, VersionId);
    },
    DeleteObjects: ({ Bucket, Delete }: DeleteObjectsCommandInput) => {
      const bucket = findBucket(state, Bucket);
      const Deleted = (Delete?.Objects ?? []).map(({ Key = '', VersionId }) => ({
        Key,
        ...deleteObject(state, bucket, Key, VersionId),
      }));
      return Delete?.Quiet ? {} : { Deleted };
    },
  };
}

function putObject(state: S3State, bucket: StoredBucket, input: PutObjectCommandInput): StoredObject {
  const { Key = '', Body, ContentType, Metadata = {}, ChecksumCRC32 } = input;
  checkPut(bucket, input);
  const body = Body instanceof Uint8Array ? Body : new Uint8Array();
  const object: StoredObject = {
    key: Key,
    body,
    etag: `"${createHash('md5').update(body).digest('hex')}"`,
    lastModified: wholeSecond(state.context.clock.now()),
    contentType: ContentType ?? 'binary/octet-stream',
    headers: storedHeaders(input),
    metadata: { ...Metadata },
    crc32: ChecksumCRC32,
    versionId: newVersionId(state, bucket),
    isDeleteMarker: false,
  };
  addVersion(bucket, object);
  return object;
}

function checkPut(
  bucket: StoredBucket,
  { Key = '', ACL, IfMatch, IfNoneMatch }: PutObjectCommandInput,
): void {
  if (Buffer.byteLength(Key) > 1024) throw new AwsError('KeyTooLongError', 'Your key is too long');
  // Buckets are made with ACLs off; the owner's full control is the one that changes nothing.
  if (ACL !== undefined && ACL !== 'private' && ACL !== 'bucket-owner-full-control') {
    throw new AwsError('AccessControlListNotSupported', 'The bucket does not allow ACLs');
  }
  const current = currentObject(bucket, Key);
  const failed =
    IfNoneMatch === '*' && current
      ? 'If-None-Match'
      : IfMatch !== undefined && current?.etag !== IfMatch
        ? 'If-Match'
        : undefined;
  if (failed === undefined) return;
  const message = 'At least one of the pre-conditions you specified did not hold';
  throw new AwsError('PreconditionFailed', message, { Condition: failed });
}

function storedHeaders(input: PutObjectCommandInput): Record<string, string> {
  const { CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, WebsiteRedirectLocation } =
    input;
  const given = {
    'cache-control': CacheControl,
    'content-disposition': ContentDisposition,
    'content-encoding': ContentEncoding,
    'content-language': ContentLanguage,
    'x-amz-website-redirect-location': WebsiteRedirectLocation,
  };
  return Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}

function findObject(state: S3State, { Bucket, Key = '', VersionId }: GetObjectCommandInput): StoredObject {
  const bucket = findBucket(state, Bucket);
  if (VersionId === undefined) {
    const found = currentObject(bucket, Key);
    if (found) return found;
    throw new AwsError('NoSuchKey', 'The specified key does not exist.', { Key });
  }
  const found = bucket.objects.get(Key)?.find((object) => (object.versionId ?? 'null') === VersionId);
  if (found && !found.isDeleteMarker) return found;
  if (found)
    throw new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.');
  throw new AwsError('NoSuchVersion', 'The specified version does not exist.', { Key, VersionId });
}

function described(object: StoredObject, { ChecksumMode }: GetObjectCommandInput): object {
  const { headers } = object;
  return {
    AcceptRanges: 'bytes',
    ContentLength: object.body.byteLength,
    ContentType: object.contentType,
    ETag: object.etag,
    LastModified: object.lastModified,
    Metadata: object.metadata,
    VersionId: object.versionId,
    CacheControl: headers['cache-control'],
    ContentDisposition: headers['content-disposition'],
    ContentEncoding: headers['content-encoding'],
    ContentLanguage: headers['content-language'],
    WebsiteRedirectLocation: headers['x-amz-website-redirect-location'],
    ServerSideEncryption: 'AES256',
    ...(ChecksumMode === 'ENABLED' && object.crc32
      ? { ChecksumCRC32: object.crc32, ChecksumType: 'FULL_OBJECT' }
      : {}),
  };
}

/** Where versions are kept a deletion only hides the object; a named version is gone for good. */
function deleteObject(
  state: S3State,
  bucket: StoredBucket,
  key: string,
  versionId: string | undefined,
): object {
  if (versionId !== undefined) {
    const kept = (bucket.objects.get(key) ?? []).filter(
      (object) => (object.versionId ?? 'null') !== versionId,
    );
    if (kept.length > 0) bucket.objects.set(key, kept);
    else bucket.objects.delete(key);
    return { VersionId: versionId };
  }
  if (bucket.versioning === undefined) {
    bucket.objects.delete(key);
    return {};
  }
  const marker: StoredObject = {
    key,
    body: new Uint8Array(),
    etag: '',
    lastModified: wholeSecond(state.context.clock.now()),
    contentType: '',
    headers: {},
    metadata: {},
    crc32: undefined,
    versionId: newVersionId(state, bucket),
    isDeleteMarker: true,
  };
  addVersion(bucket, marker);
  return { DeleteMarker: true, VersionId: marker.versionId ?? 'null' };
}

/** A null version is replaced by the next one. */
function addVersion(bucket: StoredBucket, object: StoredObject): void {
  const older = (bucket.objects.get(object.key) ?? []).filter(
    ({ versionId }) => versionId !== undefined || object.versionId !== undefined,
  );
  bucket.objects.set(object.key, [...older, object]);
}

function newVersionId({ context }: S3State, { versioning }: StoredBucket): string | undefined {
  return versioning === 'Enabled' ? context.random.text(32) : undefined;
}

/** HTTP dates have no fraction of a second, and If-Modified-Since compares them. */
function wholeSecond(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}
