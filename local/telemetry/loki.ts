import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { ApiError, type Call, type Reply } from './http.ts';
import type { LogEntry, LogRange, LogStore } from './log-store.ts';
import { parseLogQuery } from './selector.ts';

export const pushPath = '/loki/api/v1/push';

/** Loki's HTTP API: push, range queries, labels. */
export function answerLoki(store: LogStore, clock: Clock, call: Call): Reply {
  const { method, path } = call;
  const label = /^\/loki\/api\/v1\/label\/([^/]+)\/values$/.exec(path)?.[1];
  if (path === '/ready') return { status: 200, body: 'ready\n' };
  if (path === pushPath) return only(method, ['POST'], () => push(store, call));
  if (path === '/loki/api/v1/query_range') {
    return only(method, ['GET', 'POST'], () => queryRange(store, clock, call.parameters));
  }
  if (path === '/loki/api/v1/labels') return labelNames(store, clock, call.parameters);
  if (label !== undefined) return labelValues(store, clock, call.parameters, label);
  throw new ApiError(404, '404 page not found\n');
}

function only(method: string, allowed: readonly string[], answer: () => Reply): Reply {
  if (!allowed.includes(method)) throw new ApiError(405, '');
  return answer();
}

const pushed = z.object({
  streams: z.array(
    z.object({
      stream: z.record(z.string(), z.string()),
      values: z.array(z.tuple([z.string().regex(/^\d+$/), z.string()], z.unknown())),
    }),
  ),
});

function push(store: LogStore, { contentType, body }: Call): Reply {
  if (contentType !== 'application/json') {
    throw new ApiError(400, `Content-Type "${contentType}" is not done here: push JSON\n`);
  }
  const parsed = pushed.safeParse(parseJson(body.toString()));
  if (!parsed.success) throw new ApiError(400, `${z.prettifyError(parsed.error)}\n`);
  for (const { stream } of parsed.data.streams) checkLabels(stream);
  for (const { stream, values } of parsed.data.streams) store.add(stream, values.map(readEntry));
  return { status: 204 };
}

function checkLabels(labels: Readonly<Record<string, string>>): void {
  const names = Object.keys(labels);
  if (names.length === 0) throw new ApiError(400, 'error at least one label pair is required per stream\n');
  const bad = names.find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  if (bad !== undefined) throw new ApiError(400, `error parsing labels: invalid label name "${bad}"\n`);
}

function readEntry([at, line, metadata]: readonly unknown[]): LogEntry {
  if (metadata !== undefined && Object.keys(Object(metadata)).length > 0) {
    throw new ApiError(
      400,
      'stream includes structured metadata, but this feature is disallowed. Please see `limits_config.allow_structured_metadata` or contact your Loki administrator to enable it.\n',
    );
  }
  return { at: BigInt(String(at)), line: String(line) };
}

function queryRange(store: LogStore, clock: Clock, parameters: URLSearchParams): Reply {
  const query = parseLogQuery(parameters.get('query') ?? '');
  const streams = store.query(query, readRange(parameters, clock));
  const result = streams.map(({ labels, entries }) => ({
    stream: labels,
    values: entries.map(({ at, line }) => [String(at), line]),
  }));
  return success({ resultType: 'streams', result, stats: {} });
}

function labelNames(store: LogStore, clock: Clock, parameters: URLSearchParams): Reply {
  const names = store.streams(readRange(parameters, clock)).flatMap((labels) => Object.keys(labels));
  return success([...new Set(names)].toSorted());
}

function labelValues(store: LogStore, clock: Clock, parameters: URLSearchParams, name: string): Reply {
  const values = store.streams(readRange(parameters, clock)).flatMap((labels) => labels[name] ?? []);
  return success([...new Set(values)].toSorted());
}

function success(data: object): Reply {
  return { status: 200, body: { status: 'success', data } };
}

/** Loki's defaults: the last hour, 100 lines, backward; at most 5,000 lines a query. */
const hourNs = 3_600_000_000_000n;
const mostEntries = 5000;

function readRange(parameters: URLSearchParams, clock: Clock): LogRange {
  const end = readTime(parameters.get('end'), 'end') ?? BigInt(clock.now().getTime()) * 1_000_000n;
  const start = readTime(parameters.get('start'), 'start') ?? end - hourNs;
  if (end < start) throw new ApiError(400, 'end timestamp must not be before or equal to start time\n');
  const limit = Number(parameters.get('limit') ?? 100);
  if (!Number.isInteger(limit) || limit <= 0) throw new ApiError(400, 'limit must be a positive value\n');
  if (limit > mostEntries) {
    throw new ApiError(
      400,
      `max entries limit per query exceeded, limit > max_entries_limit_per_query (${limit} > ${mostEntries})\n`,
    );
  }
  const direction = (parameters.get('direction') ?? 'backward').toLowerCase();
  if (direction !== 'forward' && direction !== 'backward') {
    throw new ApiError(400, `invalid direction '${parameters.get('direction')}'\n`);
  }
  return { start, end, limit, direction };
}

/** Nanoseconds, seconds (at most ten digits, or with a fraction) or RFC 3339, as Loki tells them apart. */
function readTime(text: string | null, name: string): bigint | undefined {
  if (text === null || text === '') return undefined;
  if (/^\d+\.\d+$/.test(text)) return BigInt(Math.round(Number(text) * 1e9));
  if (/^\d+$/.test(text)) return text.length <= 10 ? BigInt(text) * 1_000_000_000n : BigInt(text);
  return readRfc3339(text) ?? badTime(text, name);
}

function readRfc3339(text: string): bigint | undefined {
  const [, seconds, fraction = '', zone] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  const ms = Date.parse(`${seconds}${zone}`);
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

function badTime(text: string, name: string): never {
  throw new ApiError(
    400,
    `could not parse '${name}' parameter: cannot parse "${text}" to a valid timestamp\n`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ApiError(400, `${error instanceof Error ? error.message : error}\n`);
  }
}
