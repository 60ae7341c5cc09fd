import type {
  InputLogEvent,
  PutLogEventsCommandInput,
  RejectedLogEventsInfo,
} from '@aws-sdk/client-cloudwatch-logs';
import { AwsError } from '../../service.ts';
import {
  findGroup,
  findStream,
  type LogsState,
  nowMs,
  type StoredEvent,
  type StoredStream,
  storedBytes,
} from './state.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Keeps what CloudWatch would keep, and says what it would refuse. */
export function putLogEvents(state: LogsState, input: PutLogEventsCommandInput): object {
  const { logGroupName, logStreamName, logEvents = [] } = input;
  const stream = findStream(state, logGroupName, logStreamName);
  checkBatch(logEvents);
  const { retentionInDays = Number.POSITIVE_INFINITY } = findGroup(state, logGroupName);
  const now = nowMs(state);
  const accepted = logEvents.filter(({ timestamp = 0 }) => {
    return timestamp >= now - Math.min(14, retentionInDays) * dayMs && timestamp <= now + 2 * hourMs;
  });
  stream.lastIngestionMs = now;
  for (const { timestamp = 0, message = '' } of accepted) {
    insert(stream, {
      streamName: stream.name,
      timestamp,
      message,
      ingestionTime: now,
      eventId: newEventId(timestamp),
    });
  }
  const rejected = rejectedInfo(logEvents, now, retentionInDays);
  return {
    nextSequenceToken: state.context.random.text(56),
    ...(rejected && { rejectedLogEventsInfo: rejected }),
  };
}

function checkBatch(events: readonly InputLogEvent[]): void {
  const isOrdered = events.every(({ timestamp = 0 }, i) => timestamp >= (events[i - 1]?.timestamp ?? 0));
  if (!isOrdered) {
    throw new AwsError(
      'InvalidParameterException',
      'Log events in a single PutLogEvents request must be in chronological order.',
    );
  }
  const first = events[0]?.timestamp ?? 0;
  const last = events.at(-1)?.timestamp ?? 0;
  if (last - first > dayMs) {
    throw new AwsError(
      'InvalidParameterException',
      'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
    );
  }
  const bytes = storedBytes(events.map(({ message = '' }) => ({ message }) as StoredEvent));
  if (events.length < 1 || events.length > 10_000 || bytes > 1_048_576) {
    throw new AwsError(
      'InvalidParameterException',
      `Upload too large: ${bytes} bytes in ${events.length} events exceeds limit of 1048576 bytes in 10000 events`,
    );
  }
  if (events.some(({ message = '' }) => message === '')) {
    throw new AwsError(
      'InvalidParameterException',
      "1 validation error detected: Value '' at 'logEvents.1.member.message' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  }
}

function rejectedInfo(
  events: readonly InputLogEvent[],
  now: number,
  retentionInDays: number,
): RejectedLogEventsInfo | undefined {
  const before = (days: number): number =>
    events.filter(({ timestamp = 0 }) => timestamp < now - days * dayMs).length;
  const tooOld = before(14);
  const expired = before(retentionInDays);
  const tooNew = events.findIndex(({ timestamp = 0 }) => timestamp > now + 2 * hourMs);
  if (tooOld === 0 && expired === 0 && tooNew < 0) return undefined;
  return {
    ...(tooNew >= 0 ? { tooNewLogEventStartIndex: tooNew } : {}),
    ...(tooOld > 0 ? { tooOldLogEventEndIndex: tooOld } : {}),
    ...(expired > 0 ? { expiredLogEventEndIndex: expired } : {}),
  };
}

/** Nearly always at the end; two writers of a stream may be a little out of order. */
function insert({ events }: StoredStream, event: StoredEvent): void {
  let index = events.length;
  while (index > 0 && (events[index - 1]?.eventId ?? '') > event.eventId) index--;
  events.splice(index, 0, event);
}

let counter = 0;

/** 56 digits, as CloudWatch's: unique, and in the order of time and arrival. */
function newEventId(timestamp: number): string {
  counter++;
  return `${String(timestamp).padStart(20, '3')}${String(counter).padStart(36, '0')}`;
}
