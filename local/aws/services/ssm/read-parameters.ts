import type {
  DescribeParametersCommandInput,
  GetParameterCommandInput,
  GetParameterHistoryCommandInput,
  GetParametersByPathCommandInput,
  GetParametersCommandInput,
  ParameterStringFilter,
} from '@aws-sdk/client-ssm';
import { AwsError, type Handler } from '../../service.ts';
import { pageOf } from '../page.ts';
import {
  findParameter,
  newest,
  type ParameterStore,
  type StoredParameter,
  type StoredVersion,
  shownHistory,
  shownMetadata,
  shownParameter,
} from './parameter-store.ts';

export function readParameterHandlers(store: ParameterStore): Record<string, Handler> {
  const { parameters } = store;
  return {
    GetParameter: ({ Name = '', WithDecryption }: GetParameterCommandInput) => {
      const { parameter, version, selector } = select(store, Name);
      const Parameter = { ...shownParameter(store, parameter, version, WithDecryption), Selector: selector };
      return { Parameter };
    },
    GetParameters: ({ Names = [], WithDecryption }: GetParametersCommandInput) => {
      if (Names.length > 10) throw tooMany('names', Names.length);
      const known = Names.filter((name) => parameters.has(nameOf(name)));
      return {
        Parameters: known.map((name) => {
          const { parameter, version, selector } = select(store, name);
          return { ...shownParameter(store, parameter, version, WithDecryption), Selector: selector };
        }),
        InvalidParameters: Names.filter((name) => !known.includes(name)),
      };
    },
    GetParametersByPath: (input: GetParametersByPathCommandInput) => {
      const {
        Path = '',
        Recursive = false,
        ParameterFilters = [],
        WithDecryption,
        MaxResults = 10,
        NextToken,
      } = input;
      if (!Path.startsWith('/')) {
        throw new AwsError('ValidationException', 'The parameter path must begin with a slash "/".');
      }
      const wanted = [...parameters.values()].filter(
        (parameter) => isUnder(parameter.name, Path, Recursive) && matchesAll(parameter, ParameterFilters),
      );
      const page = pageOf(wanted, {
        from: NextToken,
        limit: Math.min(MaxResults, 10),
        keyOf: ({ name }) => name,
      });
      const Parameters = page.items.map((found) =>
        shownParameter(store, found, newest(found), WithDecryption),
      );
      return { Parameters, NextToken: page.next };
    },
    GetParameterHistory: ({ Name = '', WithDecryption }: GetParameterHistoryCommandInput) => {
      const parameter = findParameter(store, Name);
      return {
        Parameters: parameter.versions.map((version) =>
          shownHistory(store, parameter, version, WithDecryption),
        ),
      };
    },
    DescribeParameters: ({
      ParameterFilters = [],
      MaxResults = 50,
      NextToken,
    }: DescribeParametersCommandInput) => {
      const wanted = [...parameters.values()].filter((parameter) => matchesAll(parameter, ParameterFilters));
      const page = pageOf(wanted, {
        from: NextToken,
        limit: Math.min(MaxResults, 50),
        keyOf: ({ name }) => name,
      });
      return {
        Parameters: page.items.map((found) => shownMetadata(store, found, newest(found))),
        NextToken: page.next,
      };
    },
  };
}

/** `name` or `name:version`. */
function select(
  store: ParameterStore,
  wanted: string,
): { parameter: StoredParameter; version: StoredVersion; selector: string | undefined } {
  const parameter = findParameter(store, nameOf(wanted));
  const selector = wanted.slice(nameOf(wanted).length);
  if (selector === '') return { parameter, version: newest(parameter), selector: undefined };
  const version = parameter.versions.find((one) => `:${one.version}` === selector);
  if (version) return { parameter, version, selector };
  throw new AwsError(
    'ParameterVersionNotFound',
    `Systems Manager could not find version ${selector.slice(1)} of ${parameter.name}. Verify the version and try again.`,
  );
}

/** An ARN stands for its name as well. */
function nameOf(wanted: string): string {
  const name = wanted.replace(/^arn:aws:ssm:[\w-]*:\d*:parameter/, '');
  return name.split(':')[0] ?? name;
}

function isUnder(name: string, path: string, recursive: boolean): boolean {
  const prefix = path.endsWith('/') ? path : `${path}/`;
  return name.startsWith(prefix) && (recursive || !name.slice(prefix.length).includes('/'));
}

function matchesAll(parameter: StoredParameter, filters: readonly ParameterStringFilter[]): boolean {
  return filters.every((filter) => matches(parameter, filter));
}

function matches(
  parameter: StoredParameter,
  { Key = '', Option, Values = [] }: ParameterStringFilter,
): boolean {
  const { type, keyId, tier } = newest(parameter);
  if (Key === 'Path') return Values.some((path) => isUnder(parameter.name, path, Option === 'Recursive'));
  const field = { Name: parameter.name, Type: type, KeyId: keyId ?? '', Tier: tier }[Key];
  if (field === undefined) {
    throw new AwsError('InvalidFilterKey', `The filter key "${Key}" is not valid`);
  }
  if (Option === 'BeginsWith') return Values.some((value) => field.startsWith(value));
  if (Option === 'Contains') return Values.some((value) => field.includes(value));
  return Values.includes(field);
}

function tooMany(member: string, count: number): AwsError {
  return new AwsError(
    'ValidationException',
    `1 validation error detected: Value of length ${count} at '${member}' failed to satisfy constraint: Member must have length less than or equal to 10`,
  );
}
