import type {
  AddTagsToResourceMessage,
  ListTagsForResourceMessage,
  RemoveTagsFromResourceMessage,
  TagListMessage,
} from '@aws-sdk/client-rds';
import { AwsError } from '../../service.ts';
import { findCluster } from './clusters/state.ts';
import { invalidValue } from './errors.ts';
import { findParameterGroup } from './parameter-groups.ts';
import { findSnapshot } from './snapshots.ts';
import type { RdsState } from './state.ts';
import { findInstance } from './state.ts';

export function tagHandlers(state: RdsState) {
  const { tags } = state;
  return {
    AddTagsToResource: ({ ResourceName, Tags = [] }: AddTagsToResourceMessage): undefined => {
      tags.add(checked(state, ResourceName), Tags);
    },
    RemoveTagsFromResource: ({ ResourceName, TagKeys = [] }: RemoveTagsFromResourceMessage): undefined => {
      tags.remove(checked(state, ResourceName), TagKeys);
    },
    ListTagsForResource: ({ ResourceName }: ListTagsForResourceMessage): TagListMessage => ({
      TagList: tags.list(checked(state, ResourceName)),
    }),
  };
}

function checked(state: RdsState, arn = ''): string {
  const { region, accountId } = state.context;
  const [kind = '', ...rest] = arn.replace(`arn:aws:rds:${region}:${accountId}:`, '').split(':');
  const name = rest.join(':');
  if (kind === 'cluster') findCluster(state, name);
  else if (kind === 'db') findInstance(state, name);
  else if (kind === 'pg') findParameterGroup(state, name);
  else if (kind === 'snapshot') findSnapshot(state, name);
  else if (kind !== 'subgrp') throw invalidValue(`Invalid resource name: ${arn}`);
  else if (!state.subnetGroups.has(name))
    throw new AwsError('DBSubnetGroupNotFoundFault', `DB subnet group ${name} not found.`);
  return arn;
}
