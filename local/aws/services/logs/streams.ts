import type {
  CreateLogStreamCommandInput,
  DeleteLogStreamCommandInput,
  DescribeLogStreamsCommandInput,
  LogStream,
} from '@aws-sdk/client-cloudwatch-logs';
import { AwsError, type Handler } from '../../service.ts';
import { pageOf } from '../page.ts';
import { findGroup, findStream, groupArn, type LogsState, nowMs, type StoredStream } from './state.ts';

export function streamHandlers(state: LogsState): Record<string, Handler> {
  return {
    CreateLogStream: ({ logGroupName, logStreamName = '' }: CreateLogStreamCommandInput) => {
      const { streams } = findGroup(state, logGroupName);
      if (!/^[^:*]{1,512}$/.test(logStreamName)) {
        throw new AwsError(
          'InvalidParameterException',
          `1 validation error detected: Value '${logStreamName}' at 'logStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [^:*]*`,
        );
      }
      if (streams.has(logStreamName)) {
        throw new AwsError('ResourceAlreadyExistsException', 'The specified log stream already exists');
      }
      streams.set(logStreamName, {
        name: logStreamName,
        createdAtMs: nowMs(state),
        lastIngestionMs: undefined,
        events: [],
      });
      return {};
    },
    DeleteLogStream: ({ logGroupName, logStreamName }: DeleteLogStreamCommandInput) => {
      const { name } = findStream(state, logGroupName, logStreamName);
      findGroup(state, logGroupName).streams.delete(name);
      return {};
    },
    DescribeLogStreams: (input: DescribeLogStreamsCommandInput) => describeStreams(state, input),
  };
}

function describeStreams(state: LogsState, input: DescribeLogStreamsCommandInput): object {
  const {
    logStreamNamePrefix = '',
    orderBy = 'LogStreamName',
    descending = false,
    limit = 50,
    nextToken,
  } = input;
  if (orderBy === 'LastEventTime' && input.logStreamNamePrefix !== undefined) {
    throw new AwsError(
      'InvalidParameterException',
      'Cannot order by LastEventTime with a logStreamNamePrefix.',
    );
  }
  const group = findGroup(state, input.logGroupName ?? input.logGroupIdentifier);
  const wanted = [...group.streams.values()].filter(({ name }) => name.startsWith(logStreamNamePrefix));
  const keyOf = (stream: StoredStream): string => {
    const time = String(stream.events.at(-1)?.timestamp ?? 0).padStart(16, '0');
    return orderBy === 'LastEventTime' ? `${time} ${stream.name}` : stream.name;
  };
  const page = pageOf(wanted, { from: undefined, limit: wanted.length, keyOf });
  const ordered = descending ? page.items.reverse() : page.items;
  const start = nextToken === undefined ? 0 : ordered.findIndex((stream) => keyOf(stream) === nextToken);
  if (start < 0) throw new AwsError('InvalidParameterException', 'The specified nextToken is invalid.');
  const next = ordered[start + limit];
  return {
    logStreams: ordered.slice(start, start + limit).map((stream) => shown(state, group.name, stream)),
    nextToken: next && keyOf(next),
  };
}

function shown(state: LogsState, group: string, stream: StoredStream): LogStream {
  const { name, createdAtMs, lastIngestionMs, events } = stream;
  return {
    logStreamName: name,
    creationTime: createdAtMs,
    firstEventTimestamp: events[0]?.timestamp,
    lastEventTimestamp: events.at(-1)?.timestamp,
    lastIngestionTime: lastIngestionMs,
    arn: `${groupArn(state, group)}:log-stream:${name}`,
    // Always 0 since 2019 (Amazon CloudWatch Logs API Reference, LogStream).
    storedBytes: 0,
  };
}
