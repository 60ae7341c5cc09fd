import type {
  CachePolicyConfig,
  DistributionConfig,
  OriginRequestPolicyConfig,
  ResponseHeadersPolicyConfig,
} from '@aws-sdk/client-cloudfront';
import type { HeaderList } from './headers.ts';

/** All that the edge serves: plain data, replaced as a whole. Managed policies are given like any other. */
export interface EdgeConfig {
  readonly distributions: readonly EdgeDistribution[];
  /** By policy ID, as are the next two. */
  readonly cachePolicies: Readonly<Record<string, CachePolicyConfig>>;
  readonly originRequestPolicies: Readonly<Record<string, OriginRequestPolicyConfig>>;
  readonly responseHeadersPolicies: Readonly<Record<string, ResponseHeadersPolicyConfig>>;
  /** For the distributions' own domain names. Without it they answer on port 80 only. */
  readonly defaultCertificate?: EdgeCertificate;
}

export interface EdgeDistribution {
  readonly id: string;
  readonly arn: string;
  /** For example `d111111abcdef8.cloudfront.net`. */
  readonly domainName: string;
  readonly config: DistributionConfig;
  /** For the aliases. */
  readonly certificate?: EdgeCertificate;
}

export interface EdgeCertificate {
  readonly certificatePem: string;
  readonly chainPem: string;
  readonly privateKeyPem: string;
}

/** Asks the web ACL about a request; the body is as much as any web ACL inspects, and one byte more if there is more. */
export type EdgeFirewall = (request: {
  readonly webAclArn: string;
  readonly clientIp: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: HeaderList;
  readonly body?: Buffer;
  readonly requestId?: string;
  readonly httpVersion?: string;
}) => Promise<FirewallDecision>;

export type FirewallDecision =
  | { readonly action: 'allow'; readonly insertHeaders: HeaderList }
  | {
      readonly action: 'block';
      readonly status: number;
      readonly headers: HeaderList;
      readonly body?: Buffer;
      /** A custom response goes to the viewer as it is; the plain 403 passes through error pages. */
      readonly custom: boolean;
    };

/** Headers that prove to S3 that a request comes from this distribution (origin access control). */
export type SignOriginAccess = (request: {
  readonly originAccessControlId: string;
  readonly distributionArn: string;
  readonly method: string;
  readonly host: string;
  /** Path and query. */
  readonly target: string;
}) => HeaderList;
