import type { ApiFailure } from '../api-faults.ts';
import { s3Errors } from '../protocol/broken-call.ts';
import { htmlError, xmlError } from './error-documents.ts';
import type { StorageRequest, StorageResponse } from './storage-request.ts';
import type { StorageTarget } from './storage-target.ts';

/** What S3 answers a reader of its objects when S3 itself fails. */
export function brokenResponse(
  { kind }: Pick<StorageTarget, 'kind'>,
  request: StorageRequest,
  failure: ApiFailure,
): StorageResponse {
  const status = failure === 'throttling' ? 503 : 500;
  return (kind === 'website' ? htmlError : xmlError)(request, status, ...s3Errors[failure]);
}
