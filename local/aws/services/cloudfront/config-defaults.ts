import type {
  AllowedMethods,
  CacheBehavior,
  CustomOriginConfig,
  DefaultCacheBehavior,
  DistributionConfig,
  Origin,
  ViewerCertificate,
} from '@aws-sdk/client-cloudfront';

/** The configuration as CloudFront returns it: every optional part is there (CloudFront API reference, DistributionConfig). */
export function withDefaults(given: DistributionConfig): DistributionConfig {
  const { DefaultCacheBehavior: behavior } = given;
  return {
    ...given,
    Aliases: given.Aliases ?? none,
    DefaultRootObject: given.DefaultRootObject ?? '',
    Origins: given.Origins && { ...given.Origins, Items: given.Origins.Items?.map(origin) },
    OriginGroups: given.OriginGroups ?? none,
    DefaultCacheBehavior: behavior && cacheBehavior(behavior),
    CacheBehaviors: given.CacheBehaviors
      ? { ...given.CacheBehaviors, Items: given.CacheBehaviors.Items?.map((item) => cacheBehavior(item)) }
      : none,
    CustomErrorResponses: given.CustomErrorResponses
      ? { ...given.CustomErrorResponses, Items: given.CustomErrorResponses.Items?.map(errorResponse) }
      : none,
    Comment: given.Comment ?? '',
    Logging: given.Logging ?? { Enabled: false, IncludeCookies: false, Bucket: '', Prefix: '' },
    PriceClass: given.PriceClass ?? 'PriceClass_All',
    ViewerCertificate: viewerCertificate(given.ViewerCertificate),
    Restrictions: given.Restrictions ?? { GeoRestriction: { RestrictionType: 'none', Quantity: 0 } },
    WebACLId: given.WebACLId ?? '',
    HttpVersion: given.HttpVersion ?? 'http2',
    IsIPV6Enabled: given.IsIPV6Enabled ?? true,
    ContinuousDeploymentPolicyId: given.ContinuousDeploymentPolicyId ?? '',
    Staging: given.Staging ?? false,
  };
}

const none = { Quantity: 0 };

function origin(given: Origin): Origin {
  const { CustomOriginConfig: custom } = given;
  return {
    ...given,
    OriginPath: given.OriginPath ?? '',
    CustomHeaders: given.CustomHeaders ?? none,
    CustomOriginConfig: custom && customOrigin(custom),
    ConnectionAttempts: given.ConnectionAttempts ?? 3,
    ConnectionTimeout: given.ConnectionTimeout ?? 10,
    OriginShield: given.OriginShield ?? { Enabled: false },
    OriginAccessControlId: given.OriginAccessControlId ?? '',
  };
}

function customOrigin(given: CustomOriginConfig): CustomOriginConfig {
  return {
    ...given,
    OriginSslProtocols: given.OriginSslProtocols ?? { Quantity: 1, Items: ['TLSv1.2'] },
    OriginReadTimeout: given.OriginReadTimeout ?? 30,
    OriginKeepaliveTimeout: given.OriginKeepaliveTimeout ?? 5,
  };
}

function cacheBehavior<Behavior extends CacheBehavior | DefaultCacheBehavior>(given: Behavior): Behavior {
  const legacy = given.ForwardedValues && {
    MinTTL: given.MinTTL ?? 0,
    DefaultTTL: given.DefaultTTL ?? 86_400,
    MaxTTL: given.MaxTTL ?? 31_536_000,
  };
  return {
    ...given,
    TrustedSigners: given.TrustedSigners ?? { Enabled: false, ...none },
    TrustedKeyGroups: given.TrustedKeyGroups ?? { Enabled: false, ...none },
    AllowedMethods: allowedMethods(given.AllowedMethods),
    SmoothStreaming: given.SmoothStreaming ?? false,
    Compress: given.Compress ?? false,
    LambdaFunctionAssociations: given.LambdaFunctionAssociations ?? none,
    FunctionAssociations: given.FunctionAssociations ?? none,
    FieldLevelEncryptionId: given.FieldLevelEncryptionId ?? '',
    GrpcConfig: given.GrpcConfig ?? { Enabled: false },
    ...legacy,
  };
}

function allowedMethods(given: AllowedMethods | undefined): AllowedMethods {
  const cached = { Quantity: 2, Items: ['HEAD' as const, 'GET' as const] };
  return given
    ? { ...given, CachedMethods: given.CachedMethods ?? cached }
    : { ...cached, CachedMethods: cached };
}

function errorResponse<R extends { ErrorCachingMinTTL?: number | undefined }>(given: R): R {
  return {
    ResponsePagePath: '',
    ResponseCode: '',
    ...given,
    ErrorCachingMinTTL: given.ErrorCachingMinTTL ?? 10,
  };
}

/** With no certificate of its own a distribution has *.cloudfront.net's, whose policy is TLSv1 (reference §3). */
function viewerCertificate(given: ViewerCertificate | undefined): ViewerCertificate {
  const { ACMCertificateArn: arn } = given ?? {};
  if (!arn)
    return {
      CloudFrontDefaultCertificate: true,
      SSLSupportMethod: 'vip',
      MinimumProtocolVersion: 'TLSv1',
      CertificateSource: 'cloudfront',
    };
  return {
    CloudFrontDefaultCertificate: false,
    ACMCertificateArn: arn,
    SSLSupportMethod: given?.SSLSupportMethod,
    MinimumProtocolVersion: given?.MinimumProtocolVersion ?? 'TLSv1',
    Certificate: arn,
    CertificateSource: 'acm',
  };
}
