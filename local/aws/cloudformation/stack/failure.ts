import { AwsError } from '../../service.ts';
import { InvalidProperty } from '../resources/input.ts';
import type { ResourceType } from '../resources/resource-type.ts';
import { NotStabilized } from '../resources/resource-type.ts';

/** Why a resource failed, in the words that stack events use. */
export function failureReason(error: unknown, type: ResourceType, logicalId: string, token: string): string {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof InvalidProperty)
    return `Properties validation failed for resource ${logicalId} with message:\n[${message}]`;
  if (error instanceof NotStabilized) return handlerMessage(message, token, 'NotStabilized');
  if (!(error instanceof AwsError)) return handlerMessage(message, token, 'InternalFailure');
  // What CloudFormation itself found wrong, an export or a mapping that is not there, comes from no handler.
  if (error.code === 'ValidationError') return message;
  const service = serviceNames[type.type.split('::')[1] ?? ''] ?? 'CloudFormation';
  return handlerMessage(`${message} (Service: ${service}, Status Code: 400)`, token, handlerCode(error.code));
}

function handlerMessage(message: string, token: string, code: string): string {
  return `Resource handler returned message: "${message}" (RequestToken: ${token}, HandlerErrorCode: ${code})`;
}

const serviceNames: Readonly<Record<string, string>> = {
  CertificateManager: 'Acm',
  CloudFront: 'CloudFront',
  EC2: 'Ec2',
  ECR: 'Ecr',
  EKS: 'Eks',
  IAM: 'Iam',
  Logs: 'CloudWatchLogs',
  RDS: 'Rds',
  Route53: 'Route53',
  S3: 'S3',
  SSM: 'Ssm',
  WAFv2: 'Wafv2',
};

/** CloudFormation CLI User Guide, Handler error codes. */
const handlerCodes: readonly [RegExp, string][] = [
  [/AlreadyExist|Duplicate|AlreadyOwned/, 'AlreadyExists'],
  [/NotFound|NoSuch|Nonexistent/, 'NotFound'],
  [/AccessDenied|Unauthorized/, 'AccessDenied'],
  [/Limit|Quota|TooMany/, 'ServiceLimitExceeded'],
  [/Throttl/, 'Throttling'],
  [/InUse|Conflict|DependencyViolation/, 'ResourceConflict'],
  [/Invalid|Validation|Missing|Malformed/, 'InvalidRequest'],
];

function handlerCode(code: string): string {
  return handlerCodes.find(([pattern]) => pattern.test(code))?.[1] ?? 'GeneralServiceException';
}
