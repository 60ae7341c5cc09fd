import type { EdgeConfig } from '../edge/config.ts';
import type { AwsControlPlane } from './aws.ts';

/** What the edge is told, from what the control planes hold; while a change is being deployed, its predecessor. */
export function edgeConfig({ cloudfront, acm }: Pick<AwsControlPlane, 'cloudfront' | 'acm'>): EdgeConfig {
  const { distributions, cachePolicies, originRequestPolicies, responseHeadersPolicies } =
    cloudfront.snapshot();
  const { certificates } = acm.snapshot();
  return {
    distributions: distributions.flatMap(({ id, arn, domainName, deployedConfig: config }) => {
      if (!config) return [];
      const certificateArn = config.ViewerCertificate?.ACMCertificateArn;
      return [
        {
          id,
          arn,
          domainName,
          config,
          certificate: certificateArn ? certificates[certificateArn] : undefined,
        },
      ];
    }),
    cachePolicies,
    originRequestPolicies,
    responseHeadersPolicies,
  };
}
