import type { CacheBehavior, DefaultCacheBehavior, DistributionConfig } from '@aws-sdk/client-cloudfront';

/** The default one last, as CloudFront tries them. */
export function behaviorsOf(config: DistributionConfig): (CacheBehavior | DefaultCacheBehavior)[] {
  const { DefaultCacheBehavior, CacheBehaviors } = config;
  return [...(CacheBehaviors?.Items ?? []), ...(DefaultCacheBehavior ? [DefaultCacheBehavior] : [])];
}
