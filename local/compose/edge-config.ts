import type { EdgeConfig } from '../edge/config.ts';
import type { AwsControlPlane } from './aws.ts';

/** What the edge is told, from what the control planes hold; a distribution that is being deployed keeps its last configuration. */
export function edgeConfig({ cloudfront, acm }: Pick<AwsControlPlane, 'cloudfront' | 'acm'>): EdgeConfig {
  const { distributions, cachePolicies, originRequestPolicies, responseHeadersPolicies } =
    cloudfront.snapshot();
  const { certificates } = acm.snapshot();
  return {
    distributions: distributions.flatMap(({ id, arn, domainName, config, previousConfig }) => {
      const live = previousConfig ?? config;
      const certificateArn = live.ViewerCertificate?.ACMCertificateArn;
      return [
        {
          id,
          arn,
          domainName,
          config: live,
          certificate: certificateArn ? certificates[certificateArn] : undefined,
        },
      ];
    }),
    cachePolicies,
    originRequestPolicies,
    responseHeadersPolicies,
  };
}
