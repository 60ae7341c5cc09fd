import type {
  CachePolicyConfig,
  DistributionConfig,
  OriginAccessControlConfig,
  OriginRequestPolicyConfig,
  ResponseHeadersPolicyConfig,
} from '@aws-sdk/client-cloudfront';
import type { CloudFrontState, StoredDistribution, StoredPolicy } from './state.ts';
import { statusOf } from './state.ts';

/** All that the edge serves by; policies by id, the managed ones included. */
export interface CloudFrontSnapshot {
  readonly distributions: readonly DistributionSnapshot[];
  readonly cachePolicies: Readonly<Record<string, CachePolicyConfig>>;
  readonly originRequestPolicies: Readonly<Record<string, OriginRequestPolicyConfig>>;
  readonly responseHeadersPolicies: Readonly<Record<string, ResponseHeadersPolicyConfig>>;
  readonly originAccessControls: Readonly<Record<string, OriginAccessControlConfig>>;
}

export interface DistributionSnapshot {
  readonly id: string;
  readonly arn: string;
  readonly domainName: string;
  readonly etag: string;
  readonly status: 'InProgress' | 'Deployed';
  /** As last written. */
  readonly config: DistributionConfig;
  /** As last deployed: what viewers meet while a change is in progress; absent until the first is done. */
  readonly deployedConfig: DistributionConfig | undefined;
}

export function takeSnapshot({ distributions, policies }: CloudFrontState): CloudFrontSnapshot {
  return {
    distributions: [...distributions.values()].map(distributionOf),
    cachePolicies: configs(policies.cache),
    originRequestPolicies: configs(policies.originRequest),
    responseHeadersPolicies: configs(policies.responseHeaders),
    originAccessControls: configs(policies.accessControls),
  };
}

function distributionOf(stored: StoredDistribution): DistributionSnapshot {
  const { id, arn, domainName, etag, config, deployed } = stored;
  return { id, arn, domainName, etag, status: statusOf(stored), config, deployedConfig: deployed?.config };
}

function configs<Config>(policies: ReadonlyMap<string, StoredPolicy<Config>>): Record<string, Config> {
  return Object.fromEntries([...policies].map(([id, { config }]) => [id, config]));
}
