import type { CustomErrorResponse, DistributionConfig } from '@aws-sdk/client-cloudfront';
import { AwsError } from '../../service.ts';
import { invalidArgument } from './identity.ts';

/** CloudFront API reference, CustomErrorResponse. */
const errorCodes: readonly number[] = [400, 403, 404, 405, 414, 416, 429, 500, 501, 502, 503, 504];
const responseCodes: readonly string[] = ['200', ...errorCodes.map(String)];

export function checkErrorResponses({ CustomErrorResponses }: DistributionConfig): void {
  const responses = CustomErrorResponses?.Items ?? [];
  const codes = responses.map(({ ErrorCode }) => ErrorCode);
  if (new Set(codes).size < codes.length) throw invalidArgument('The parameter ErrorCode has a duplicate.');
  for (const response of responses) checkResponse(response);
}

function checkResponse(response: CustomErrorResponse): void {
  const { ErrorCode = 0, ResponseCode = '', ResponsePagePath = '', ErrorCachingMinTTL = 10 } = response;
  if (!errorCodes.includes(ErrorCode))
    throw new AwsError('InvalidErrorCode', 'An invalid error code was specified.');
  if ((ResponseCode === '') !== (ResponsePagePath === ''))
    throw invalidArgument('The parameters ResponseCode and ResponsePagePath must be specified together.');
  if (ResponseCode && !responseCodes.includes(ResponseCode))
    throw new AwsError('InvalidResponseCode', 'A response code is not valid.');
  if (ResponsePagePath && !ResponsePagePath.startsWith('/'))
    throw new AwsError(
      'InvalidRelativePath',
      'The relative path is too big, is not URL-encoded, or does not begin with a slash (/).',
    );
  if (ErrorCachingMinTTL < 0) throw invalidArgument('The parameter ErrorCachingMinTTL must not be negative.');
}
