import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResult,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-cloudfront';
import { AwsError } from '../../service.ts';
import type { CloudFrontState } from './state.ts';

export function tagHandlers(state: CloudFrontState) {
  const { tags } = state;
  return {
    TagResource: ({ Resource, Tags }: TagResourceRequest): undefined => {
      tags.add(checked(state, Resource), Tags?.Items ?? []);
    },
    UntagResource: ({ Resource, TagKeys }: UntagResourceRequest): undefined => {
      tags.remove(checked(state, Resource), TagKeys?.Items ?? []);
    },
    ListTagsForResource: ({ Resource }: ListTagsForResourceRequest): ListTagsForResourceResult => ({
      Tags: { Items: tags.list(checked(state, Resource)) },
    }),
  };
}

function checked({ distributions }: CloudFrontState, arn = ''): string {
  if ([...distributions.values()].some((distribution) => distribution.arn === arn)) return arn;
  throw new AwsError('NoSuchResource', `A resource that was specified is not valid: ${arn}`);
}
