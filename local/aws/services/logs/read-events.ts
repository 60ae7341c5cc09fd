import type {
  FilteredLogEvent,
  FilterLogEventsCommandInput,
  GetLogEventsCommandInput,
} from '@aws-sdk/client-cloudwatch-logs';
import { AwsError } from '../../service.ts';
import { parseFilterPattern } from './filter-pattern.ts';
import { findGroup, findStream, type LogsState, type StoredEvent, type StoredGroup } from './state.ts';

/**
 * One stream, forwards or backwards. Tokens name the last event seen, so that one added at the end between two calls is
 * neither skipped nor repeated; where there is no more, the same token comes back.
 */
export function getLogEvents(state: LogsState, input: GetLogEventsCommandInput): object {
  const {
    startTime = 0,
    endTime = Number.POSITIVE_INFINITY,
    limit = 10_000,
    nextToken,
    startFromHead = false,
  } = input;
  const stream = findStream(state, input.logGroupName ?? input.logGroupIdentifier, input.logStreamName);
  const events = stream.events.filter(({ timestamp }) => timestamp >= startTime && timestamp < endTime);
  const page = takePage(events, parseToken(nextToken, startFromHead), limit);
  return {
    events: page.map(({ timestamp, message, ingestionTime }) => ({ timestamp, message, ingestionTime })),
    nextForwardToken: `f/${page.at(-1)?.eventId ?? positionOf(nextToken)}`,
    nextBackwardToken: `b/${page[0]?.eventId ?? positionOf(nextToken)}`,
  };
}

/** Many streams, by time. The token is the last event seen. */
export function filterLogEvents(state: LogsState, input: FilterLogEventsCommandInput): object {
  const {
    startTime = 0,
    endTime = Number.POSITIVE_INFINITY,
    filterPattern = '',
    limit = 10_000,
    nextToken = '',
  } = input;
  const group = findGroup(state, input.logGroupName ?? input.logGroupIdentifier);
  const matches = parseFilterPattern(filterPattern);
  const wanted = chosenStreams(group, input)
    .flatMap(({ events }) => events)
    // Both ends belong to the range here, unlike in GetLogEvents.
    .filter(({ timestamp, eventId }) => timestamp >= startTime && timestamp <= endTime && eventId > nextToken)
    .filter(({ message }) => matches(message))
    .sort((a, b) => (a.eventId < b.eventId ? -1 : 1));
  const page = wanted.slice(0, limit);
  const isLast = page.length === wanted.length;
  return {
    events: page.map(shown),
    searchedLogStreams: [],
    ...(isLast ? {} : { nextToken: page.at(-1)?.eventId }),
  };
}

interface Position {
  readonly forward: boolean;
  readonly eventId: string | undefined;
}

const start = '0'.repeat(56);

function parseToken(token: string | undefined, startFromHead: boolean): Position {
  if (token === undefined) return { forward: startFromHead, eventId: undefined };
  const match = /^([fb])\/(\d{56})$/.exec(token);
  if (!match) throw new AwsError('InvalidParameterException', 'The specified nextToken is invalid.');
  return { forward: match[1] === 'f', eventId: match[2] };
}

function positionOf(token: string | undefined): string {
  return token?.slice(2) ?? start;
}

function takePage(
  events: readonly StoredEvent[],
  { forward, eventId }: Position,
  limit: number,
): StoredEvent[] {
  if (forward) return events.filter((event) => event.eventId > (eventId ?? '')).slice(0, limit);
  const older = eventId === undefined ? events : events.filter((event) => event.eventId < eventId);
  return older.slice(-limit);
}

function chosenStreams(
  { streams }: StoredGroup,
  { logStreamNames, logStreamNamePrefix }: FilterLogEventsCommandInput,
) {
  if (logStreamNames?.length && logStreamNamePrefix !== undefined) {
    throw new AwsError(
      'InvalidParameterException',
      'logStreamNamePrefix and logStreamNames are mutually exclusive parameters.',
    );
  }
  const missing = logStreamNames?.find((name) => !streams.has(name));
  if (missing) throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.');
  return [...streams.values()].filter(({ name }) =>
    logStreamNames?.length ? logStreamNames.includes(name) : name.startsWith(logStreamNamePrefix ?? ''),
  );
}

function shown({ streamName, timestamp, message, ingestionTime, eventId }: StoredEvent): FilteredLogEvent {
  return { logStreamName: streamName, timestamp, message, ingestionTime, eventId };
}
