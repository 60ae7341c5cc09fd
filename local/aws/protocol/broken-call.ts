import type { ApiFailure } from '../api-faults.ts';
import { AwsError } from '../service.ts';
import type { ServiceModel, WireProtocol } from './model.ts';

/** What AWS answers when a service fails or has had too many calls: each protocol, EC2 and S3 have their own words. */
export function brokenCall(
  { protocol, serviceId }: Pick<ServiceModel, 'protocol' | 'serviceId'>,
  failure: ApiFailure,
): AwsError {
  const [code, message] = (serviceId === 'S3' ? s3Errors : errors[protocol])[failure];
  return new AwsError(code, message);
}

type Errors = Readonly<Record<ApiFailure, readonly [code: string, message: string]>>;

/** Amazon S3 API reference, "Error responses". Both the gateway and the bucket host names answer so. */
export const s3Errors: Errors = {
  error: ['InternalError', 'We encountered an internal error. Please try again.'],
  throttling: ['SlowDown', 'Please reduce your request rate.'],
};

/** Each service's API reference, "Common Errors". */
const json: Errors = {
  error: ['InternalFailure', 'The request processing has failed because of an unknown error.'],
  throttling: ['ThrottlingException', 'Rate exceeded'],
};
const xml: Errors = { ...json, throttling: ['Throttling', 'Rate exceeded'] };

const errors: Readonly<Record<WireProtocol, Errors>> = {
  query: xml,
  restXml: xml,
  json,
  restJson: json,
  // Amazon EC2 API reference, "Error codes".
  ec2: {
    error: ['InternalError', 'An internal error has occurred'],
    throttling: ['RequestLimitExceeded', 'Request limit exceeded.'],
  },
};
