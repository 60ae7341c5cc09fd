import type {
  ChangeTagsForResourceRequest,
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
} from '@aws-sdk/client-route-53';
import { createTagStore } from '../tag-store.ts';
import { findHealthCheck } from './health-check-handlers.ts';
import type { Route53State } from './state.ts';
import { findZone } from './state.ts';

export function tagHandlers(state: Route53State) {
  const tags = createTagStore();
  const checked = ({ ResourceType, ResourceId = '' }: ListTagsForResourceRequest): string => {
    if (ResourceType === 'healthcheck') return findHealthCheck(state, ResourceId).Id ?? '';
    return findZone(state, ResourceId).id;
  };
  return {
    ChangeTagsForResource: (input: ChangeTagsForResourceRequest) => {
      const id = checked(input);
      tags.remove(id, input.RemoveTagKeys ?? []);
      tags.add(id, input.AddTags ?? []);
      return {};
    },
    ListTagsForResource: (input: ListTagsForResourceRequest): ListTagsForResourceResponse => ({
      ResourceTagSet: {
        ResourceType: input.ResourceType,
        ResourceId: checked(input),
        Tags: tags.list(checked(input)),
      },
    }),
  };
}
