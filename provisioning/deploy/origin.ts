import type { CloudFrontClient, DistributionConfig } from '@aws-sdk/client-cloudfront';
import {
  GetDistributionCommand,
  GetDistributionConfigCommand,
  UpdateDistributionCommand,
} from '@aws-sdk/client-cloudfront';
import type { Clock } from '../../local/base/clock.ts';
import { until } from './until.ts';

export interface DistributionOptions {
  readonly client: CloudFrontClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly distributionId: string;
}

/** Id of the origin that serves the application, as the edge template calls it. */
export const mainOriginId = 'main';

/** Where the live distribution sends requests now. */
export async function liveOrigin({ client, distributionId: Id }: DistributionOptions): Promise<string> {
  const { DistributionConfig: config } = await client.send(new GetDistributionConfigCommand({ Id }));
  return mainOrigin(config, Id).DomainName ?? '';
}

/** Changes the one name on the current version, and waits until every point of presence has it. */
export async function pointOrigin(options: DistributionOptions, domainName: string): Promise<void> {
  const { client, clock, signal, distributionId: Id } = options;
  const { DistributionConfig: config, ETag } = await client.send(new GetDistributionConfigCommand({ Id }));
  if (config && mainOrigin(config, Id).DomainName !== domainName)
    await client.send(
      new UpdateDistributionCommand({ Id, IfMatch: ETag, DistributionConfig: pointed(config, domainName) }),
    );
  await until({
    clock,
    signal,
    what: `distribution ${Id} to be deployed`,
    withinSeconds: 2100,
    look: async () => (await client.send(new GetDistributionCommand({ Id }))).Distribution?.Status,
    done: (status) => status === 'Deployed',
  });
}

function pointed(config: DistributionConfig, DomainName: string): DistributionConfig {
  const origins = config.Origins?.Items ?? [];
  const Items = origins.map((origin) => (origin.Id === mainOriginId ? { ...origin, DomainName } : origin));
  return { ...config, Origins: { Quantity: Items.length, Items } };
}

function mainOrigin(config: DistributionConfig | undefined, distributionId: string) {
  const origin = config?.Origins?.Items?.find(({ Id }) => Id === mainOriginId);
  if (!origin)
    throw new Error(
      `Cannot read the origin of distribution ${distributionId}: expected an origin with the Id "${mainOriginId}"`,
    );
  return origin;
}
