import * as ssm from '@aws-sdk/client-ssm';
import { AwsError, type AwsService, type Handler, type ServiceContext } from '../../service.ts';
import { announcing } from '../announcing.ts';
import { createTagStore, type TagStore } from '../tag-store.ts';
import { findParameter, newest, type ParameterStore, putParameter } from './parameter-store.ts';
import { readParameterHandlers } from './read-parameters.ts';

export interface SsmService extends AwsService {
  /** Every parameter's newest value, SecureStrings too: for planes that hand them to pods. */
  snapshot(): {
    readonly parameters: readonly {
      readonly name: string;
      readonly value: string;
      readonly version: number;
    }[];
  };
}

/** Parameter Store. */
export function createSsmService(context: ServiceContext): SsmService {
  const store: ParameterStore = { context, parameters: new Map() };
  const tags = createTagStore();
  return {
    sdk: ssm,
    client: ssm.SSMClient,
    handlers: announcing(
      { ...writeHandlers(store, tags), ...readParameterHandlers(store), ...tagHandlers(store, tags) },
      context,
    ),
    enums: { 'PutParameterRequest.Type': ssm.ParameterType, 'PutParameterRequest.Tier': ssm.ParameterTier },
    snapshot: () => ({
      parameters: [...store.parameters.values()].map((parameter) => {
        const { value, version } = newest(parameter);
        return { name: parameter.name, value, version };
      }),
    }),
  };
}

function writeHandlers(store: ParameterStore, tags: TagStore): Record<string, Handler> {
  const { parameters } = store;
  const remove = (name: string): void => {
    parameters.delete(name);
    tags.drop(name);
  };
  return {
    PutParameter: (input: ssm.PutParameterCommandInput) => {
      if (input.Overwrite && input.Tags?.length) {
        throw new AwsError(
          'ValidationException',
          "Invalid request: tags and overwrite can't be used together.",
        );
      }
      const { version, tier } = putParameter(store, input);
      tags.add(input.Name ?? '', input.Tags ?? []);
      return { Version: version, Tier: tier };
    },
    DeleteParameter: ({ Name = '' }: ssm.DeleteParameterCommandInput) => {
      findParameter(store, Name);
      remove(Name);
      return {};
    },
    DeleteParameters: ({ Names = [] }: ssm.DeleteParametersCommandInput) => {
      const known = Names.filter((name) => parameters.has(name));
      for (const name of known) remove(name);
      return { DeletedParameters: known, InvalidParameters: Names.filter((name) => !known.includes(name)) };
    },
  };
}

function tagHandlers(store: ParameterStore, tags: TagStore): Record<string, Handler> {
  const check = ({ ResourceType, ResourceId = '' }: ssm.ListTagsForResourceCommandInput): string => {
    if (ResourceType !== 'Parameter')
      throw new AwsError('InvalidResourceType', 'Only parameters can be tagged here');
    if (!store.parameters.has(ResourceId)) {
      throw new AwsError(
        'InvalidResourceId',
        'The resource ID is not valid. Verify that you entered the correct ID and try again.',
      );
    }
    return ResourceId;
  };
  return {
    AddTagsToResource: (input: ssm.AddTagsToResourceCommandInput) => {
      tags.add(check(input), input.Tags ?? []);
      return {};
    },
    RemoveTagsFromResource: (input: ssm.RemoveTagsFromResourceCommandInput) => {
      tags.remove(check(input), input.TagKeys ?? []);
      return {};
    },
    ListTagsForResource: (input: ssm.ListTagsForResourceCommandInput) => ({
      TagList: tags.list(check(input)),
    }),
  };
}
