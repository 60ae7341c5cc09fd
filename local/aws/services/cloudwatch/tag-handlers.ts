import type {
  ListTagsForResourceInput,
  TagResourceInput,
  UntagResourceInput,
} from '@aws-sdk/client-cloudwatch';
import { AwsError, type Handler } from '../../service.ts';
import type { CloudWatchState } from './state.ts';

export function tagHandlers({ alarms, tags }: CloudWatchState): Record<string, Handler> {
  const existing = (arn = ''): string => {
    if ([...alarms.values()].some(({ AlarmArn }) => AlarmArn === arn)) return arn;
    throw new AwsError('ResourceNotFoundException', `Unknown resource: ${arn}`, {
      ResourceType: 'alarm',
      ResourceId: arn,
    });
  };
  return {
    TagResource: ({ ResourceARN, Tags = [] }: TagResourceInput) => {
      tags.add(existing(ResourceARN), Tags);
      return {};
    },
    UntagResource: ({ ResourceARN, TagKeys = [] }: UntagResourceInput) => {
      tags.remove(existing(ResourceARN), TagKeys);
      return {};
    },
    ListTagsForResource: ({ ResourceARN }: ListTagsForResourceInput) => ({
      Tags: tags.list(existing(ResourceARN)),
    }),
  };
}
