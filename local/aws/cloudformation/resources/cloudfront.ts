import type {
  CreateDistributionCommandOutput,
  DistributionConfig,
  GetDistributionCommandOutput,
  GetDistributionConfigCommandOutput,
} from '@aws-sdk/client-cloudfront';
import { DistributionConfig$ } from '@aws-sdk/client-cloudfront';
import { isGone, unlessAbsent } from './absent.ts';
import { distributionProperties } from './cloudfront-distribution-config.ts';
import { toInput } from './input.ts';
import type { ResourceType, Tools } from './resource-type.ts';
import { tagList } from './tags.ts';

export const distribution: ResourceType = {
  type: 'AWS::CloudFront::Distribution',
  properties: { DistributionConfig: 'update', Tags: 'update' },
  required: ['DistributionConfig'],
  attributes: ['Id', 'DomainName'],
  tags: 'list',
  create: async (properties, tools) => {
    const config = desired(properties.DistributionConfig, tools.token);
    const Items = tagList(properties);
    const output =
      Items.length > 0
        ? await tools.call<CreateDistributionCommandOutput>('cloudfront', 'CreateDistributionWithTags', {
            DistributionConfigWithTags: { DistributionConfig: config, Tags: { Items } },
          })
        : await tools.call<CreateDistributionCommandOutput>('cloudfront', 'CreateDistribution', {
            DistributionConfig: config,
          });
    const id = String(output.Distribution?.Id);
    tools.identify(id);
    await untilDeployed(id, tools);
  },
  read: async (id, tools) => {
    const { Distribution } = await describe(id, tools);
    return { Id: id, DomainName: Distribution?.DomainName };
  },
  update: async ({ id, after, changed }, tools) => {
    if (changed.has('Tags')) await retag(id, tagList(after), tools);
    if (!changed.has('DistributionConfig')) return;
    await replaceConfig(id, tools, (current) =>
      desired(after.DistributionConfig, String(current.CallerReference)),
    );
  },
  // Only a disabled distribution that is deployed can be deleted.
  delete: async (id, tools) => {
    if (await isGone(describe(id, tools))) return;
    await replaceConfig(id, tools, (current) => ({ ...current, Enabled: false }));
    const { ETag } = await describe(id, tools);
    await unlessAbsent(tools.call('cloudfront', 'DeleteDistribution', { Id: id, IfMatch: ETag }));
  },
};

function desired(properties: unknown, CallerReference: string): DistributionConfig {
  const config = distributionProperties(properties as Record<string, unknown>);
  return toInput<DistributionConfig>(DistributionConfig$, { ...config, CallerReference });
}

async function replaceConfig(
  Id: string,
  tools: Tools,
  change: (current: DistributionConfig) => DistributionConfig,
): Promise<void> {
  const { DistributionConfig, ETag } = await tools.call<GetDistributionConfigCommandOutput>(
    'cloudfront',
    'GetDistributionConfig',
    { Id },
  );
  if (!DistributionConfig) return;
  await tools.call('cloudfront', 'UpdateDistribution', {
    Id,
    IfMatch: ETag,
    DistributionConfig: change(DistributionConfig),
  });
  await untilDeployed(Id, tools);
}

async function untilDeployed(id: string, tools: Tools): Promise<void> {
  await tools.until(async () => (await describe(id, tools)).Distribution?.Status === 'Deployed');
}

function describe(Id: string, tools: Tools): Promise<GetDistributionCommandOutput> {
  return tools.call<GetDistributionCommandOutput>('cloudfront', 'GetDistribution', { Id });
}

async function retag(id: string, Items: readonly object[], tools: Tools): Promise<void> {
  const { Distribution } = await describe(id, tools);
  await tools.call('cloudfront', 'TagResource', { Resource: Distribution?.ARN, Tags: { Items } });
}
