import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-wafv2';
import { pageOf } from '../page.ts';
import { invalidParameter, nonexistent, overLimit, reasons } from './errors.ts';
import { pageLimit } from './item.ts';
import type { Wafv2State } from './state.ts';

const mostTags = 50;

export function tagHandlers(state: Wafv2State) {
  const { tags } = state;
  return {
    TagResource: ({ ResourceARN, Tags = [] }: TagResourceRequest): object => {
      const arn = taggable(state, ResourceARN);
      const keys = new Set([...tags.list(arn), ...Tags].map(({ Key }) => Key));
      if (keys.size > mostTags) throw overLimit(`${mostTags} tags on a resource`);
      tags.add(arn, Tags);
      return {};
    },
    UntagResource: ({ ResourceARN, TagKeys = [] }: UntagResourceRequest): object => {
      tags.remove(taggable(state, ResourceARN), TagKeys);
      return {};
    },
    ListTagsForResource: (input: ListTagsForResourceRequest): ListTagsForResourceResponse => {
      const arn = taggable(state, input.ResourceARN);
      const limit = pageLimit(input.Limit);
      const page = pageOf(tags.list(arn), { from: input.NextMarker, limit, keyOf: ({ Key }) => Key });
      return { NextMarker: page.next, TagInfoForResource: { ResourceARN: arn, TagList: page.items } };
    },
  };
}

function taggable({ webAcls, ipSets, regexSets }: Wafv2State, arn = ''): string {
  if (!arn.startsWith('arn:aws:wafv2:')) throw invalidParameter('RESOURCE_ARN', arn, reasons.notAnArn);
  if (!webAcls.has(arn) && !ipSets.has(arn) && !regexSets.has(arn)) throw nonexistent();
  return arn;
}
