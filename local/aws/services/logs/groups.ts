import type {
  CreateLogGroupCommandInput,
  DeleteLogGroupCommandInput,
  DescribeLogGroupsCommandInput,
  ListTagsForResourceCommandInput,
  LogGroup,
  PutRetentionPolicyCommandInput,
  TagResourceCommandInput,
  UntagResourceCommandInput,
} from '@aws-sdk/client-cloudwatch-logs';
import { AwsError, type Handler } from '../../service.ts';
import { pageOf } from '../page.ts';
import { findGroup, groupArn, type LogsState, nowMs, type StoredGroup, storedBytes } from './state.ts';

export function groupHandlers(state: LogsState): Record<string, Handler> {
  const { groups } = state;
  return {
    CreateLogGroup: ({ logGroupName = '', tags = {} }: CreateLogGroupCommandInput) => {
      createGroup(state, logGroupName, tags);
      return {};
    },
    DeleteLogGroup: ({ logGroupName }: DeleteLogGroupCommandInput) => {
      groups.delete(findGroup(state, logGroupName).name);
      return {};
    },
    DescribeLogGroups: (input: DescribeLogGroupsCommandInput) => {
      const { logGroupNamePrefix, logGroupNamePattern, limit = 50, nextToken } = input;
      if (logGroupNamePrefix !== undefined && logGroupNamePattern !== undefined) {
        throw new AwsError(
          'InvalidParameterException',
          'LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.',
        );
      }
      const pattern = logGroupNamePattern?.toLowerCase() ?? '';
      const wanted = [...groups.values()].filter(
        ({ name }) => name.startsWith(logGroupNamePrefix ?? '') && name.toLowerCase().includes(pattern),
      );
      const page = pageOf(wanted, { from: nextToken, limit, keyOf: ({ name }) => name });
      return { logGroups: page.items.map((group) => shown(state, group)), nextToken: page.next };
    },
    PutRetentionPolicy: ({ logGroupName, retentionInDays = 0 }: PutRetentionPolicyCommandInput) => {
      if (!retentions.includes(retentionInDays)) {
        throw new AwsError(
          'InvalidParameterException',
          `1 validation error detected: Value '${retentionInDays}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${retentions.join(', ')}]`,
        );
      }
      findGroup(state, logGroupName).retentionInDays = retentionInDays;
      return {};
    },
    DeleteRetentionPolicy: ({ logGroupName }: DeleteLogGroupCommandInput) => {
      findGroup(state, logGroupName).retentionInDays = undefined;
      return {};
    },
    TagResource: ({ resourceArn, tags }: TagResourceCommandInput) => {
      const group = findGroup(state, resourceArn);
      group.tags = { ...group.tags, ...tags };
      return {};
    },
    UntagResource: ({ resourceArn, tagKeys = [] }: UntagResourceCommandInput) => {
      const group = findGroup(state, resourceArn);
      group.tags = Object.fromEntries(Object.entries(group.tags).filter(([key]) => !tagKeys.includes(key)));
      return {};
    },
    ListTagsForResource: ({ resourceArn }: ListTagsForResourceCommandInput) => ({
      tags: findGroup(state, resourceArn).tags,
    }),
  };
}

const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

function createGroup(state: LogsState, name: string, tags: Record<string, string>): void {
  if (!/^[.\-_/#A-Za-z0-9]{1,512}$/.test(name)) {
    throw new AwsError(
      'InvalidParameterException',
      `1 validation error detected: Value '${name}' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+`,
    );
  }
  if (state.groups.has(name)) {
    throw new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists');
  }
  state.groups.set(name, {
    name,
    createdAtMs: nowMs(state),
    retentionInDays: undefined,
    tags: { ...tags },
    streams: new Map(),
  });
}

function shown(state: LogsState, { name, createdAtMs, retentionInDays, streams }: StoredGroup): LogGroup {
  const logGroupArn = groupArn(state, name);
  return {
    logGroupName: name,
    creationTime: createdAtMs,
    retentionInDays,
    metricFilterCount: 0,
    arn: `${logGroupArn}:*`,
    logGroupArn,
    logGroupClass: 'STANDARD',
    storedBytes: [...streams.values()].reduce((sum, { events }) => sum + storedBytes(events), 0),
  };
}
