import type { DistributionConfig } from '@aws-sdk/client-cloudfront';
import { AwsError } from '../../service.ts';
import { checkBehaviors } from './check-behaviors.ts';
import { checkErrorResponses } from './check-error-responses.ts';
import { checkOrigins } from './check-origins.ts';
import { checkViewerCertificate } from './check-viewer-certificate.ts';
import { invalidArgument } from './identity.ts';
import { checkQuantities } from './quantities.ts';
import type { CloudFrontState } from './state.ts';

/** What CloudFront refuses of a configuration, with its own codes. `ownId` is the distribution that is updated. */
export function checkConfig(
  state: CloudFrontState,
  config: DistributionConfig,
  ownId: string | undefined,
): void {
  checkQuantities(config);
  checkAbsent(config);
  checkAliases(state, config, ownId);
  checkOrigins(state, config);
  checkBehaviors(state, config);
  checkErrorResponses(config);
  checkViewerCertificate(state, config);
  checkRestrictions(config);
  const { DefaultRootObject = '', WebACLId = '', Comment = '', Logging } = config;
  if (DefaultRootObject.startsWith('/') || DefaultRootObject.length > 255)
    throw new AwsError(
      'InvalidDefaultRootObject',
      'The default root object file name is too big or contains an invalid character.',
    );
  if (WebACLId && !state.ports.webAclExists(WebACLId))
    throw new AwsError(
      'InvalidWebACLId',
      `A web ACL ID specified is not valid. To specify a web ACL created using the latest version of WAF, use the ACL ARN.`,
    );
  if (Comment.length > 128) throw invalidArgument('The parameter Comment is too long.');
  if (Logging?.Enabled && !/\.s3(\.[a-z0-9-]+)?\.amazonaws\.com$/.test(Logging.Bucket ?? ''))
    throw invalidArgument('The parameter Logging Bucket does not refer to a valid S3 bucket.');
}

/** Parts of CloudFront that no stack here has. */
function checkAbsent(config: DistributionConfig): void {
  if (config.ContinuousDeploymentPolicyId)
    throw new AwsError(
      'NoSuchContinuousDeploymentPolicy',
      'The continuous deployment policy does not exist.',
    );
  const absent = [
    'AnycastIpListId',
    'TenantConfig',
    'ViewerMtlsConfig',
    'ConnectionFunctionAssociation',
  ] as const;
  const given = config.Staging ? 'Staging' : absent.find((member) => config[member]);
  if (given) throw invalidArgument(`The parameter ${given} is not supported.`);
}

function checkAliases(
  { distributions }: CloudFrontState,
  config: DistributionConfig,
  ownId: string | undefined,
): void {
  const aliases = config.Aliases?.Items ?? [];
  const wrong = aliases.some(
    (alias) => !/^(\*\.)?([a-z0-9_]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/i.test(alias),
  );
  if (wrong || new Set(aliases).size < aliases.length)
    throw invalidArgument('The parameter CNAME contains one or more parameters that are not valid.');
  if (aliases.length > 100)
    throw new AwsError(
      'TooManyDistributionCNAMEs',
      'Your request contains more CNAMEs than are allowed per distribution.',
    );
  const others = [...distributions.values()].filter(({ id }) => id !== ownId);
  const taken = new Set(others.flatMap((other) => other.config.Aliases?.Items ?? []));
  if (aliases.some((alias) => taken.has(alias)))
    throw new AwsError(
      'CNAMEAlreadyExists',
      'One or more of the CNAMEs you provided are already associated with a different resource.',
    );
}

function checkRestrictions({ Restrictions }: DistributionConfig): void {
  const { RestrictionType = 'none', Items = [] } = Restrictions?.GeoRestriction ?? {};
  if ((RestrictionType === 'none') !== (Items.length === 0))
    throw new AwsError(
      'InvalidGeoRestrictionParameter',
      'The specified geo restriction parameter is not valid.',
    );
  if (Items.some((location) => !/^[A-Z]{2}$/.test(location)))
    throw new AwsError('InvalidLocationCode', 'The location code specified is not valid.');
}
