import type { ResourceType as Taggable } from '@aws-sdk/client-ec2';
import type { Properties } from './resource-type.ts';
import { tagList } from './tags.ts';

/** EC2 takes tags at creation as specifications of the thing that is made. */
export function tagSpecifications(kind: Taggable, properties: Properties): object {
  const tags = tagList(properties);
  return tags.length === 0 ? {} : { TagSpecifications: [{ ResourceType: kind, Tags: tags }] };
}
