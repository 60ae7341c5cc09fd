import type { Distribution, DistributionSummary } from '@aws-sdk/client-cloudfront';
import type { CloudFrontState, StoredDistribution } from './state.ts';
import { statusOf } from './state.ts';

export function describeDistribution(
  { invalidations }: CloudFrontState,
  distribution: StoredDistribution,
): Distribution {
  const { id, arn, domainName, config, modifiedAt } = distribution;
  const batches = [...(invalidations.get(id)?.values() ?? [])];
  return {
    Id: id,
    ARN: arn,
    Status: statusOf(distribution),
    LastModifiedTime: modifiedAt,
    InProgressInvalidationBatches: batches.filter(({ Status }) => Status === 'InProgress').length,
    DomainName: domainName,
    ActiveTrustedSigners: { Enabled: false, Quantity: 0 },
    ActiveTrustedKeyGroups: { Enabled: false, Quantity: 0 },
    DistributionConfig: config,
    AliasICPRecordals: recordals(distribution),
  };
}

export function summarizeDistribution(distribution: StoredDistribution): DistributionSummary {
  const { id, arn, domainName, config, modifiedAt, etag } = distribution;
  return {
    Id: id,
    ARN: arn,
    ETag: etag,
    Status: statusOf(distribution),
    LastModifiedTime: modifiedAt,
    DomainName: domainName,
    Aliases: config.Aliases,
    Origins: config.Origins,
    OriginGroups: config.OriginGroups,
    DefaultCacheBehavior: config.DefaultCacheBehavior,
    CacheBehaviors: config.CacheBehaviors,
    CustomErrorResponses: config.CustomErrorResponses,
    Comment: config.Comment,
    PriceClass: config.PriceClass,
    Enabled: config.Enabled,
    ViewerCertificate: config.ViewerCertificate,
    Restrictions: config.Restrictions,
    WebACLId: config.WebACLId,
    HttpVersion: config.HttpVersion,
    IsIPV6Enabled: config.IsIPV6Enabled,
    AliasICPRecordals: recordals(distribution),
    Staging: config.Staging,
  };
}

function recordals({ config }: StoredDistribution) {
  return (config.Aliases?.Items ?? []).map((CNAME) => ({ CNAME, ICPRecordalStatus: 'APPROVED' as const }));
}
