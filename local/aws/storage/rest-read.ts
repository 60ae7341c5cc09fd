import { mayList, mayRead, type Reader } from './access.ts';
import { xmlError } from './error-documents.ts';
import { objectResponse } from './object-response.ts';
import type { StorageRequest, StorageResponse } from './storage-request.ts';
import type { StorageTarget } from './storage-target.ts';

/** GET and HEAD of one object at a bucket's own host name. All else needs the API, which is the gateway's. */
export function answerRest(
  s3: Reader,
  { bucket, key }: StorageTarget,
  request: StorageRequest,
): StorageResponse {
  const { method, headers, oac } = request;
  if (!s3.hasBucket(bucket)) {
    return xmlError(request, 404, 'NoSuchBucket', 'The specified bucket does not exist', {
      BucketName: bucket,
    });
  }
  if (headers.authorization !== undefined && !oac) {
    const message = 'The AWS Access Key Id you provided does not exist in our records.';
    return xmlError(request, 403, 'InvalidAccessKeyId', message);
  }
  if ((method !== 'GET' && method !== 'HEAD') || key === '' || !mayRead(s3, bucket, key, request)) {
    return xmlError(request, 403, 'AccessDenied', 'Access Denied');
  }
  const object = s3.readObject(bucket, key);
  if (object) return objectResponse(object, request);
  if (!mayList(s3, bucket, request)) return xmlError(request, 403, 'AccessDenied', 'Access Denied');
  return xmlError(request, 404, 'NoSuchKey', 'The specified key does not exist.', { Key: key });
}
