import { AwsError, type ServiceContext } from '../../service.ts';

export interface LogsState {
  readonly context: ServiceContext;
  readonly groups: Map<string, StoredGroup>;
}

export interface StoredGroup {
  readonly name: string;
  readonly createdAtMs: number;
  retentionInDays: number | undefined;
  tags: Record<string, string>;
  readonly streams: Map<string, StoredStream>;
}

export interface StoredStream {
  readonly name: string;
  readonly createdAtMs: number;
  lastIngestionMs: number | undefined;
  /** Ordered by time, then by arrival. */
  readonly events: StoredEvent[];
}

export interface StoredEvent {
  readonly streamName: string;
  readonly timestamp: number;
  readonly ingestionTime: number;
  readonly message: string;
  /** Sorts as the events do: the time, then a counter. */
  readonly eventId: string;
}

export function findGroup({ groups }: LogsState, nameOrArn: string | undefined): StoredGroup {
  const found = groups.get(groupName(nameOrArn));
  if (found) return found;
  throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.');
}

export function findStream(
  state: LogsState,
  group: string | undefined,
  stream: string | undefined,
): StoredStream {
  const found = findGroup(state, group).streams.get(stream ?? '');
  if (found) return found;
  throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.');
}

/** Newer operations take an ARN wherever they take a name. */
export function groupName(nameOrArn = ''): string {
  return nameOrArn.replace(/^arn:aws:logs:[\w-]*:\d*:log-group:/, '').replace(/:\*$/, '');
}

export function groupArn({ context }: LogsState, name: string): string {
  return `arn:aws:logs:${context.region}:${context.accountId}:log-group:${name}`;
}

export function nowMs({ context }: LogsState): number {
  return context.clock.now().getTime();
}

export function storedBytes(events: readonly StoredEvent[]): number {
  // 26 bytes more for each event (Amazon CloudWatch Logs API Reference, PutLogEvents).
  return events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + 26, 0);
}
