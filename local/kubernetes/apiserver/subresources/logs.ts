import type { ServerResponse } from 'node:http';
import type { V1Pod } from '@kubernetes/client-node';
import { readNumber } from '../http/list.ts';
import { isTrue } from '../http/request-info.ts';
import { canonicalTime } from '../instants.ts';
import type { ApiObject } from '../json.ts';
import type { LogLine, PodBackend, PodLog } from '../pod-backend.ts';
import { badRequest } from '../status.ts';

export interface LogStreamOptions {
  readonly pod: ApiObject;
  readonly query: URLSearchParams;
  readonly backend: PodBackend | undefined;
  readonly response: ServerResponse;
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** Streams a container's log as `kubectl logs` asks for it. */
export function streamLog({ pod, query, backend, response, now, signal }: LogStreamOptions): Promise<void> {
  const log = findLog(pod, query, backend);
  const writer = createWriter(response, query);
  const lines = selectLines(log.lines, query, now);
  response.writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  const full = lines.some((line) => !writer.write(line));
  if (full || log.ended || !isTrue(query.get('follow'))) {
    response.end();
    return Promise.resolve();
  }
  return follow(log, writer, response, signal);
}

function follow(
  log: PodLog,
  writer: LogWriter,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      stop();
      signal.removeEventListener('abort', finish);
      response.end();
      resolve();
    };
    const stop = log.follow((line) => {
      if (line === undefined || !writer.write(line)) finish();
    });
    response.once('close', finish);
    signal.addEventListener('abort', finish, { once: true });
    if (signal.aborted) finish();
  });
}

function findLog(pod: ApiObject, query: URLSearchParams, backend: PodBackend | undefined): PodLog {
  const { name, namespace = '' } = pod.metadata;
  const container = chooseContainer(pod, query.get('container') ?? '');
  if (!pod.spec?.nodeName) throw badRequest(`pod ${name} does not have a host assigned`);
  const previous = isTrue(query.get('previous'));
  const log = backend?.log(namespace, name, container, previous);
  if (log) return log;
  if (previous) throw badRequest(`previous terminated container "${container}" in pod "${name}" not found`);
  const { status } = pod as unknown as V1Pod;
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const reason = all.find((held) => held.name === container)?.state?.waiting?.reason ?? 'ContainerCreating';
  throw badRequest(`container "${container}" in pod "${name}" is waiting to start: ${reason}`);
}

function chooseContainer(pod: ApiObject, asked: string): string {
  const { spec } = pod as unknown as V1Pod;
  const names = (spec?.containers ?? []).map(({ name }) => name);
  const initial = (spec?.initContainers ?? []).map(({ name }) => name);
  const [only] = names;
  const { name } = pod.metadata;
  if (asked === '' && names.length === 1 && only) return only;
  if (asked === '') {
    const extra = initial.length > 0 ? ` or one of the init containers: [${initial.join(' ')}]` : '';
    throw badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]${extra}`,
    );
  }
  if (![...names, ...initial].includes(asked)) {
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  return asked;
}

function selectLines(lines: readonly LogLine[], query: URLSearchParams, now: Date): readonly LogLine[] {
  const since = sinceInstant(query, now);
  const recent = since === undefined ? lines : lines.filter(({ time }) => time.getTime() >= since);
  const tail = readNumber(query, 'tailLines');
  if (tail !== undefined && tail < 0)
    throw badRequest('tailLines: Invalid value: must be greater than or equal to 0');
  return tail === undefined ? recent : recent.slice(recent.length - Math.min(tail, recent.length));
}

function sinceInstant(query: URLSearchParams, now: Date): number | undefined {
  const seconds = readNumber(query, 'sinceSeconds');
  const text = query.get('sinceTime');
  if (seconds !== undefined && text)
    throw badRequest('at most one of `sinceTime` or `sinceSeconds` may be specified');
  if (seconds !== undefined) return now.getTime() - seconds * 1000;
  if (!text) return undefined;
  if (canonicalTime(text, 'time') === undefined)
    throw badRequest(`parsing time "${text}": expected RFC 3339`);
  return new Date(text).getTime();
}

interface LogWriter {
  /** False once the limit is reached and nothing more will be written. */
  write(line: LogLine): boolean;
}

function createWriter(response: ServerResponse, query: URLSearchParams): LogWriter {
  let left = readNumber(query, 'limitBytes') ?? Number.POSITIVE_INFINITY;
  const timestamps = isTrue(query.get('timestamps'));
  return {
    write: ({ time, line }) => {
      const bytes = Buffer.from(`${timestamps ? `${time.toISOString()} ` : ''}${line}\n`);
      const kept = bytes.subarray(0, Math.min(left, bytes.length));
      left -= kept.length;
      response.write(kept);
      return left > 0;
    },
  };
}
