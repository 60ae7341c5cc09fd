import type {
  CreateTagsCommandInput,
  DeleteTagsCommandInput,
  DescribeTagsCommandInput,
  Tag,
  TagDescription,
} from '@aws-sdk/client-ec2';
import { AwsError, type Handler } from '../../service.ts';
import { matchesFilters } from './filters.ts';
import type { Ec2State } from './state.ts';
import type { Table, Tagged } from './table.ts';

export function tagHandlers(state: Ec2State): Record<string, Handler> {
  return {
    CreateTags: ({ Resources = [], Tags = [] }: CreateTagsCommandInput) => {
      for (const item of Resources.map((id) => findTagged(state, id))) {
        const kept = (item.Tags ?? []).filter((tag) => !Tags.some(({ Key }) => Key === tag.Key));
        item.Tags = [...kept, ...Tags.map(({ Key, Value = '' }) => ({ Key, Value }))];
      }
      return {};
    },
    DeleteTags: ({ Resources = [], Tags }: DeleteTagsCommandInput) => {
      for (const item of Resources.map((id) => findTagged(state, id))) {
        item.Tags = item.Tags?.filter((tag) => Tags !== undefined && !Tags.some((gone) => isGone(tag, gone)));
      }
      return {};
    },
    DescribeTags: ({ Filters = [] }: DescribeTagsCommandInput) => ({
      Tags: allTags(state).filter((tag) => matchesFilters(tag, Filters, fields)),
    }),
  };
}

const fields = {
  key: (tag: TagDescription) => tag.Key,
  value: (tag: TagDescription) => tag.Value,
  'resource-id': (tag: TagDescription) => tag.ResourceId,
  'resource-type': (tag: TagDescription) => tag.ResourceType,
};

/** A key alone deletes the tag whatever its value; with a value, only that one. */
function isGone(tag: Tag, gone: Tag): boolean {
  return tag.Key === gone.Key && (gone.Value === undefined || gone.Value === tag.Value);
}

function findTagged(state: Ec2State, id: string): Tagged {
  const table = tables(state).find(({ prefix }) => id.startsWith(`${prefix}-`));
  if (table) return table.get(id);
  throw new AwsError('InvalidID', `The ID '${id}' is not valid`);
}

function allTags(state: Ec2State): (TagDescription & Tagged)[] {
  return tables(state).flatMap((table) =>
    table
      .entries()
      .flatMap(([ResourceId, { Tags = [] }]) =>
        Tags.map(({ Key, Value }) => ({ Key, Value, ResourceId, ResourceType: table.type })),
      ),
  );
}

function tables(state: Ec2State): Table<Tagged>[] {
  const { context: _context, ...rest } = state;
  return Object.values(rest) as unknown as Table<Tagged>[];
}
