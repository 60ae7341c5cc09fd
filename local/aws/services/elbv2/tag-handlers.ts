import type {
  AddTagsInput,
  DescribeTagsInput,
  DescribeTagsOutput,
  RemoveTagsInput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../../service.ts';
import type { Elbv2State } from './state.ts';
import { findListener, findLoadBalancer, findRule, findTargetGroup, invalid } from './state.ts';

export function tagHandlers(state: Elbv2State) {
  const { tags } = state;
  return {
    AddTags: ({ ResourceArns = [], Tags = [] }: AddTagsInput): object => {
      const keys = Tags.map(({ Key }) => Key);
      if (new Set(keys).size < keys.length)
        throw new AwsError('DuplicateTagKeys', 'The same tag key cannot be specified more than once');
      for (const arn of ResourceArns) checkArn(state, arn);
      for (const arn of ResourceArns) tags.add(arn, Tags);
      return {};
    },
    RemoveTags: ({ ResourceArns = [], TagKeys = [] }: RemoveTagsInput): object => {
      for (const arn of ResourceArns) checkArn(state, arn);
      for (const arn of ResourceArns) tags.remove(arn, TagKeys);
      return {};
    },
    DescribeTags: ({ ResourceArns = [] }: DescribeTagsInput): DescribeTagsOutput => {
      for (const arn of ResourceArns) checkArn(state, arn);
      return {
        TagDescriptions: ResourceArns.map((arn) => ({ ResourceArn: arn, Tags: tags.list(arn) })),
      };
    },
  };
}

function checkArn(state: Elbv2State, arn: string): void {
  const kind = /^arn:aws:elasticloadbalancing:[^:]+:\d+:([a-z-]+)\//.exec(arn)?.[1];
  if (kind === 'loadbalancer') findLoadBalancer(state, arn);
  else if (kind === 'listener') findListener(state, arn);
  else if (kind === 'listener-rule') findRule(state, arn);
  else if (kind === 'targetgroup') findTargetGroup(state, arn);
  else throw invalid(`'${arn}' is not a valid ARN`);
}
