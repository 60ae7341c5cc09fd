import { isIP } from 'node:net';
import type { DistributionConfig, Origin, OriginGroup } from '@aws-sdk/client-cloudfront';
import { AwsError } from '../../service.ts';
import { invalidArgument } from './identity.ts';
import type { CloudFrontState } from './state.ts';

export function checkOrigins(state: CloudFrontState, config: DistributionConfig): void {
  const origins = config.Origins?.Items ?? [];
  if (origins.length === 0) throw invalidArgument('The parameter Origins must contain at least one origin.');
  if (origins.length > 25)
    throw new AwsError('TooManyOrigins', 'You cannot create more origins for the distribution.');
  const groups = config.OriginGroups?.Items ?? [];
  const ids = [...origins, ...groups].map(({ Id }) => Id);
  if (new Set(ids).size < ids.length) throw invalidArgument('The parameter Origin Id has a duplicate.');
  for (const origin of origins) checkOrigin(state, origin);
  for (const group of groups) checkGroup(origins, group);
}

function checkOrigin(state: CloudFrontState, origin: Origin): void {
  const { DomainName = '', OriginPath = '', ConnectionAttempts = 3, ConnectionTimeout = 10 } = origin;
  checkDomain(DomainName);
  if (OriginPath && (!OriginPath.startsWith('/') || OriginPath.endsWith('/')))
    throw invalidArgument("The parameter Origin Path must begin with '/' and must not end with '/'.");
  if (ConnectionAttempts < 1 || ConnectionAttempts > 3)
    throw invalidArgument('The parameter ConnectionAttempts must be from 1 to 3.');
  if (ConnectionTimeout < 1 || ConnectionTimeout > 10)
    throw invalidArgument('The parameter ConnectionTimeout must be from 1 to 10.');
  if (origin.VpcOriginConfig)
    throw new AwsError(
      'EntityNotFound',
      `The VPC origin ${origin.VpcOriginConfig.VpcOriginId} was not found.`,
    );
  if (Boolean(origin.S3OriginConfig) === Boolean(origin.CustomOriginConfig))
    throw invalidArgument('The parameter Origin must have either an S3OriginConfig or a CustomOriginConfig.');
  if (origin.S3OriginConfig) checkS3Origin(origin);
  else checkCustomOrigin(origin);
  checkAccessControl(state, origin);
}

function checkDomain(name: string): void {
  const host = /^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/i;
  if (name.length > 253 || isIP(name) || !host.test(name))
    throw new AwsError(
      'InvalidOrigin',
      `The Amazon S3 origin server or custom origin specified does not refer to a valid name: ${name}`,
    );
}

function checkS3Origin({ DomainName = '', S3OriginConfig }: Origin): void {
  if (!/^[a-z0-9][a-z0-9.-]+\.s3([.-][a-z0-9-]+)?\.amazonaws\.com$/.test(DomainName))
    throw invalidArgument('The parameter Origin DomainName does not refer to a valid S3 bucket.');
  if (S3OriginConfig?.OriginAccessIdentity)
    throw new AwsError(
      'InvalidOriginAccessIdentity',
      'The origin access identity is not valid or does not exist.',
    );
}

function checkCustomOrigin({ CustomOriginConfig: custom }: Origin): void {
  const { HTTPPort = 80, HTTPSPort = 443, OriginReadTimeout = 30, OriginKeepaliveTimeout = 5 } = custom ?? {};
  for (const port of [HTTPPort, HTTPSPort])
    if (port !== 80 && port !== 443 && (port < 1024 || port > 65_535))
      throw invalidArgument(`The parameter port ${port} must be 80, 443, or from 1024 to 65535.`);
  if (OriginReadTimeout < 1 || OriginReadTimeout > 120)
    throw new AwsError('InvalidOriginReadTimeout', 'The read timeout specified for the origin is not valid.');
  if (OriginKeepaliveTimeout < 1 || OriginKeepaliveTimeout > 120)
    throw new AwsError(
      'InvalidOriginKeepaliveTimeout',
      'The keep alive timeout specified for the origin is not valid.',
    );
  const protocols = custom?.OriginSslProtocols?.Items ?? ['TLSv1.2'];
  if (protocols.length === 0 || protocols.some((name) => !/^(SSLv3|TLSv1|TLSv1\.1|TLSv1\.2)$/.test(name)))
    throw invalidArgument('The parameter OriginSslProtocols contains a protocol that is not valid.');
  if (custom?.OriginMtlsConfig) throw invalidArgument('The parameter OriginMtlsConfig is not supported.');
}

function checkAccessControl({ policies }: CloudFrontState, origin: Origin): void {
  const { OriginAccessControlId: id } = origin;
  if (!id) return;
  if (!policies.accessControls.has(id))
    throw new AwsError('InvalidOriginAccessControl', 'The origin access control is not valid.');
  if (!origin.S3OriginConfig)
    throw new AwsError(
      'InvalidDomainNameForOriginAccessControl',
      'An origin access control is associated with an origin whose domain name is not supported.',
    );
}

function checkGroup(origins: readonly Origin[], { Members, FailoverCriteria }: OriginGroup): void {
  const members = Members?.Items ?? [];
  if (members.length !== 2)
    throw invalidArgument('The parameter Origin Group Members must have exactly two members.');
  if (members.some(({ OriginId }) => !origins.some(({ Id }) => Id === OriginId)))
    throw new AwsError('NoSuchOrigin', 'One or more of your origins or origin groups do not exist.');
  const codes = FailoverCriteria?.StatusCodes?.Items ?? [];
  if (codes.length === 0 || codes.some((code) => !failoverCodes.includes(code)))
    throw invalidArgument(
      'The parameter FailoverCriteria StatusCodes contains a status code that is not valid.',
    );
}

/** Reference §2; 429 was added with the origin groups of 2022. */
const failoverCodes: readonly number[] = [400, 403, 404, 416, 429, 500, 502, 503, 504];
