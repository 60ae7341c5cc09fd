import type { DistributionConfig } from '@aws-sdk/client-cloudfront';
import { newETag } from './identity.ts';
import type { CloudFrontState, StoredDistribution } from './state.ts';

/** From a change to `Deployed` everywhere: minutes in reality, so this is its quick end: nothing depends on the number. */
const deploymentMs = 20_000;

/** Makes this the distribution's configuration, and deploys it in its time, after what was changed before it. */
export function deploy(
  { context }: CloudFrontState,
  distribution: StoredDistribution,
  config: DistributionConfig,
): void {
  const version = distribution.version + 1;
  Object.assign(distribution, {
    config,
    version,
    etag: newETag(context),
    modifiedAt: context.clock.now(),
  });
  context.clock.after(
    deploymentMs,
    () => {
      if ((distribution.deployed?.version ?? 0) < version) distribution.deployed = { version, config };
      context.changed();
    },
    context.signal,
  );
  context.changed();
}
