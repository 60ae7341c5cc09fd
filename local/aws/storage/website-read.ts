import { mayList, mayRead, type Reader } from './access.ts';
import { htmlError } from './error-documents.ts';
import { objectResponse, requestIds } from './object-response.ts';
import type { StorageRequest, StorageResponse } from './storage-request.ts';
import type { StorageTarget } from './storage-target.ts';

/** A website endpoint: index documents for folders, the error document for failures, HTML in place of XML. */
export function answerWebsite(s3: Reader, target: StorageTarget, request: StorageRequest): StorageResponse {
  const { bucket, key } = target;
  if (!s3.hasBucket(bucket)) {
    return htmlError(request, 404, 'NoSuchBucket', 'The specified bucket does not exist');
  }
  const website = s3.websiteOf(bucket);
  if (!website) {
    const message = 'The specified bucket does not have a website configuration';
    return htmlError(request, 404, 'NoSuchWebsiteConfiguration', message);
  }
  if (website.RedirectAllRequestsTo) {
    const { HostName, Protocol = request.secure ? 'https' : 'http' } = website.RedirectAllRequestsTo;
    return redirect(request, 301, `${Protocol}://${HostName}${request.path}`);
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return htmlError(
      request,
      405,
      'MethodNotAllowed',
      'The specified method is not allowed against this resource.',
    );
  }
  const suffix = website.IndexDocument?.Suffix ?? '';
  const isFolder = key === '' || key.endsWith('/');
  const found = readIfAllowed(s3, bucket, isFolder ? key + suffix : key, request);
  if (typeof found === 'object') {
    const location = found.headers['x-amz-website-redirect-location'];
    return location ? redirect(request, 301, location) : objectResponse(found, request);
  }
  if (!isFolder && s3.readObject(bucket, `${key}/${suffix}`)) return redirect(request, 302, `/${key}/`);
  return errorPage(s3, bucket, website.ErrorDocument?.Key, found, request);
}

type Failure = 403 | 404;

function readIfAllowed(s3: Reader, bucket: string, key: string, request: StorageRequest) {
  const object = s3.readObject(bucket, key);
  if (object && mayRead(s3, bucket, key, request)) return object;
  return (!object && mayList(s3, bucket, request) ? 404 : 403) satisfies Failure;
}

function errorPage(
  s3: Reader,
  bucket: string,
  key: string | undefined,
  failure: Failure,
  request: StorageRequest,
): StorageResponse {
  const page = key === undefined ? undefined : readIfAllowed(s3, bucket, key, request);
  if (typeof page === 'object') return objectResponse(page, request, failure);
  if (failure === 404) return htmlError(request, 404, 'NoSuchKey', 'The specified key does not exist.');
  return htmlError(request, 403, 'AccessDenied', 'Access Denied');
}

function redirect(request: StorageRequest, status: number, location: string): StorageResponse {
  return { status, headers: { ...requestIds(request), location }, body: '' };
}
