import type { StoredObject } from '../services/s3/s3.ts';
import type { StorageRequest, StorageResponse } from './storage-request.ts';

/** An object as S3 gives it to a reader, or 304 when the reader has it already. */
export function objectResponse(object: StoredObject, request: StorageRequest, status = 200): StorageResponse {
  const metadata = Object.entries(object.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]);
  const { 'x-amz-website-redirect-location': _redirect, ...stored } = object.headers;
  const headers = {
    ...requestIds(request),
    etag: object.etag,
    'last-modified': object.lastModified.toUTCString(),
    'accept-ranges': 'bytes',
    'content-type': object.contentType,
    ...stored,
    ...Object.fromEntries(metadata),
  };
  if (status === 200 && isUnchanged(object, request)) return { status: 304, headers, body: '' };
  return { status, headers, body: object.body };
}

export function requestIds({ requestId }: StorageRequest): Record<string, string> {
  return { 'x-amz-request-id': requestId, 'x-amz-id-2': Buffer.from(requestId.repeat(3)).toString('base64') };
}

/** An entity tag decides alone where there is one (RFC 9110 §13.1.3). */
function isUnchanged({ etag, lastModified }: StoredObject, { headers }: StorageRequest): boolean {
  const tags = headers['if-none-match'];
  if (tags !== undefined) {
    return tags.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
  }
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return !Number.isNaN(since) && lastModified.getTime() <= since;
}
