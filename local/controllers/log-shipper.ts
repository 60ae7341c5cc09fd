import { debuglog } from 'node:util';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateLogStreamCommand,
  PutLogEventsCommand,
  ResourceAlreadyExistsException,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Clock } from '../base/clock.ts';

export interface LogLine {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly node: string;
  readonly line: string;
  /** Real UTC. */
  readonly time: Date;
}

export interface LogShipperOptions {
  readonly clock: Clock;
  readonly lokiUrl: string;
  readonly logs: CloudWatchLogsClient;
  readonly logGroupName: string;
  /** Fluent Bit's annotation `fluentbit.io/exclude`: the pod's lines stay where they are. */
  readonly excludes: (line: LogLine) => boolean;
  readonly signal: AbortSignal;
}

export interface LogShipper {
  take(line: LogLine): void;
  /** Lines that found the buffer full. */
  readonly dropped: number;
}

/** Stack milliseconds that a line waits at most for others. */
const flushMs = 1000;
const maxBuffered = 50_000;
/** PutLogEvents takes 10,000 events and 1 MiB; 26 bytes are counted for each (API reference). */
const maxBatchEvents = 5000;
const maxBatchBytes = 900_000;

/** A log agent: batches lines, and sends each batch to Loki and to CloudWatch Logs until both have it. */
export function startLogShipper(options: LogShipperOptions): LogShipper {
  const { clock, signal, excludes } = options;
  const waiting: LogLine[] = [];
  const streams = new Set<string>();
  let dropped = 0;
  clock.every(
    flushMs,
    async () => {
      while (waiting.length > 0 && !signal.aborted) await ship(options, takeBatch(waiting), streams);
    },
    signal,
  );
  return {
    take: (line) => {
      if (excludes(line)) return;
      if (waiting.length < maxBuffered) waiting.push(line);
      else dropped++;
    },
    get dropped() {
      return dropped;
    },
  };
}

const log = debuglog('stormproof:log-shipper');

function takeBatch(waiting: LogLine[]): readonly LogLine[] {
  let bytes = 0;
  let count = 0;
  while (count < waiting.length && count < maxBatchEvents) {
    bytes += Buffer.byteLength(waiting[count]?.line ?? '') + 26;
    if (bytes > maxBatchBytes && count > 0) break;
    count++;
  }
  return waiting.splice(0, count);
}

/** A destination that already has the batch is not sent it again: a retry must not duplicate lines. */
async function ship(
  options: LogShipperOptions,
  batch: readonly LogLine[],
  streams: Set<string>,
): Promise<void> {
  await untilSent(options, 'Loki', () => pushToLoki(options, batch));
  for (const [stream, lines] of Map.groupBy(batch, ({ pod, container }) => `${pod}/${container}`))
    await untilSent(options, 'CloudWatch Logs', () => putLogEvents(options, stream, lines, streams));
}

async function untilSent(
  { clock, signal }: LogShipperOptions,
  where: string,
  send: () => Promise<void>,
): Promise<void> {
  for (let waitMs = 1000; !signal.aborted; waitMs = Math.min(waitMs * 2, 30_000)) {
    try {
      return await send();
    } catch (error) {
      if (signal.aborted) return;
      log('%s did not take a batch: %o', where, error);
    }
    await clock.sleep(waitMs, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}

async function pushToLoki({ lokiUrl, signal }: LogShipperOptions, batch: readonly LogLine[]): Promise<void> {
  const streams = [...Map.groupBy(batch, labelKey).values()].map((lines) => ({
    stream: labelsOf(lines[0]),
    values: lines.map(({ time, line }) => [String(BigInt(time.getTime()) * 1_000_000n), line]),
  }));
  const response = await fetch(`${lokiUrl}/loki/api/v1/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ streams }),
    signal,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`Cannot push to Loki: ${response.status} ${text}`);
}

function labelKey({ namespace, pod, container }: LogLine): string {
  return `${namespace}/${pod}/${container}`;
}

function labelsOf(line: LogLine | undefined): Record<string, string> {
  if (!line) return {};
  const { namespace, pod, container, node } = line;
  return { namespace, pod, container, node, app: container };
}

async function putLogEvents(
  { logs, logGroupName, signal }: LogShipperOptions,
  logStreamName: string,
  lines: readonly LogLine[],
  streams: Set<string>,
): Promise<void> {
  if (!streams.has(logStreamName)) {
    await logs
      .send(new CreateLogStreamCommand({ logGroupName, logStreamName }), { abortSignal: signal })
      .catch((error: unknown) => {
        if (!(error instanceof ResourceAlreadyExistsException)) throw error;
      });
    streams.add(logStreamName);
  }
  const logEvents = lines.map(({ time, line }) => ({ timestamp: time.getTime(), message: line }));
  await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }), {
    abortSignal: signal,
  });
}
