import type { ServiceContext } from '../../service.ts';
import { AwsError } from '../../service.ts';
import type { Page } from '../page.ts';

/** `E`, `I` and the like, then 13 upper-case letters and digits. */
export function newId({ random }: ServiceContext, prefix: string): string {
  return `${prefix}${random.text(13).toUpperCase()}`;
}

export function newETag(context: ServiceContext): string {
  return newId(context, 'E');
}

/** An absent version is an invalid one, a stale one is a failed precondition (CloudFront API reference). */
export function checkIfMatch(ifMatch: string | undefined, etag: string): void {
  if (!ifMatch)
    throw new AwsError(
      'InvalidIfMatchVersion',
      'The If-Match version is missing or not valid for the resource.',
    );
  if (ifMatch.replaceAll('"', '') !== etag)
    throw new AwsError(
      'PreconditionFailed',
      "The request failed because it didn't meet the preconditions in one or more request-header fields.",
    );
}

/** The members around `Items` in CloudFront's lists. */
export function truncated<T>({ items, next }: Page<T>, marker: string | undefined, limit: number) {
  return {
    Marker: marker ?? '',
    NextMarker: next,
    MaxItems: limit,
    IsTruncated: next !== undefined,
    Quantity: items.length,
  };
}

export function invalidArgument(message: string): AwsError {
  return new AwsError('InvalidArgument', message);
}
