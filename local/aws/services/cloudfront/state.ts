import type {
  CachePolicyConfig,
  DistributionConfig,
  Invalidation,
  OriginAccessControlConfig,
  OriginRequestPolicyConfig,
  ResponseHeadersPolicyConfig,
} from '@aws-sdk/client-cloudfront';
import type { ServiceContext } from '../../service.ts';
import { AwsError } from '../../service.ts';
import type { TagStore } from '../tag-store.ts';
import type { CloudFrontPorts } from './ports.ts';

export interface CloudFrontState {
  readonly context: ServiceContext;
  readonly ports: CloudFrontPorts;
  readonly distributions: Map<string, StoredDistribution>;
  /** By distribution id, then by their own. */
  readonly invalidations: Map<string, Map<string, Invalidation>>;
  readonly tags: TagStore;
  readonly policies: PolicyTables;
}

export interface PolicyTables {
  cache: ReadonlyMap<string, StoredPolicy<CachePolicyConfig>>;
  originRequest: ReadonlyMap<string, StoredPolicy<OriginRequestPolicyConfig>>;
  responseHeaders: ReadonlyMap<string, StoredPolicy<ResponseHeadersPolicyConfig>>;
  accessControls: ReadonlyMap<string, StoredPolicy<OriginAccessControlConfig>>;
}

export interface StoredPolicy<Config> {
  readonly id: string;
  readonly type: 'managed' | 'custom';
  config: Config;
  etag: string;
  modifiedAt: Date;
}

export interface StoredDistribution {
  readonly id: string;
  readonly arn: string;
  readonly domainName: string;
  config: DistributionConfig;
  etag: string;
  modifiedAt: Date;
  /** Counts the changes; the deployed configuration remembers its own. */
  version: number;
  deployed: { readonly version: number; readonly config: DistributionConfig } | undefined;
}

export function statusOf({ version, deployed }: StoredDistribution): 'InProgress' | 'Deployed' {
  return deployed?.version === version ? 'Deployed' : 'InProgress';
}

export function findDistribution({ distributions }: CloudFrontState, id = ''): StoredDistribution {
  const distribution = distributions.get(id);
  if (!distribution) throw new AwsError('NoSuchDistribution', 'The specified distribution does not exist.');
  return distribution;
}
