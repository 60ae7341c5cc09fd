import type { DescribeLogGroupsCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import { unlessAbsent } from './absent.ts';
import type { ResourceType, Tools } from './resource-type.ts';
import { tagMap } from './tags.ts';

export const logGroup: ResourceType = {
  type: 'AWS::Logs::LogGroup',
  properties: { LogGroupName: 'replace', RetentionInDays: 'update', Tags: 'fixed' },
  nameProperty: 'LogGroupName',
  attributes: ['Arn'],
  tags: 'list',
  create: async (properties, tools) => {
    const logGroupName = String(properties.LogGroupName ?? tools.name({ maximum: 512 }));
    const tags = tagMap(properties);
    await tools.call('logs', 'CreateLogGroup', {
      logGroupName,
      ...(Object.keys(tags).length > 0 ? { tags } : {}),
    });
    tools.identify(logGroupName);
    if (properties.RetentionInDays !== undefined)
      await setRetention(logGroupName, properties.RetentionInDays, tools);
  },
  read: async (id, tools) => {
    const output = await tools.call<DescribeLogGroupsCommandOutput>('logs', 'DescribeLogGroups', {
      logGroupNamePrefix: id,
    });
    return { Arn: output.logGroups?.find(({ logGroupName }) => logGroupName === id)?.arn };
  },
  update: async ({ id, after }, tools) => {
    if (after.RetentionInDays === undefined)
      await tools.call('logs', 'DeleteRetentionPolicy', { logGroupName: id });
    else await setRetention(id, after.RetentionInDays, tools);
  },
  delete: (id, tools) => unlessAbsent(tools.call('logs', 'DeleteLogGroup', { logGroupName: id })),
};

async function setRetention(logGroupName: string, days: unknown, tools: Tools): Promise<void> {
  await tools.call('logs', 'PutRetentionPolicy', { logGroupName, retentionInDays: Number(days) });
}
