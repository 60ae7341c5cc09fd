import { ApiError, type Call, type Reply } from './http.ts';
import type { Attribute, Span, StoredSpan, TraceStore } from './trace-store.ts';

/** Tempo's HTTP API: traces by ID, and search by tags. */
export function answerTempo(store: TraceStore, { method, path, parameters }: Call): Reply {
  if (method !== 'GET') throw new ApiError(405, 'method not allowed\n');
  if (path === '/ready') return { status: 200, body: 'ready\n' };
  if (path === '/api/echo') return { status: 200, body: 'echo' };
  if (path === '/api/search') return { status: 200, body: search(store, parameters) };
  const [, version, id] = /^\/api\/(v2\/)?traces\/([^/]+)$/.exec(path) ?? [];
  if (id === undefined) throw new ApiError(404, '404 page not found\n');
  const trace = store.get(readTraceId(id));
  if (!trace) throw new ApiError(404, 'trace not found\n');
  const resourceSpans = groupByResource(trace);
  return {
    status: 200,
    body: version ? { trace: { resourceSpans }, metrics: {} } : { batches: resourceSpans },
  };
}

/** Shorter identifiers are filled up with noughts in front. */
function readTraceId(id: string): string {
  if (!/^[0-9a-fA-F]+$/.test(id)) {
    throw new ApiError(400, 'trace IDs can only contain hex characters: invalid character at position 1\n');
  }
  if (id.length > 32) throw new ApiError(400, "trace IDs can't be larger than 128 bits\n");
  return id.toLowerCase().padStart(32, '0');
}

function groupByResource(trace: readonly StoredSpan[]): object[] {
  const byResource = Map.groupBy(trace, ({ resource }) => resource);
  return [...byResource].map(([resource, spans]) => ({
    resource,
    scopeSpans: [...Map.groupBy(spans, ({ scope }) => scope)].map(([scope, ofScope]) => ({
      scope,
      spans: ofScope.map(({ span }) => encode(span)),
    })),
  }));
}

const kinds = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const codes = ['UNSET', 'OK', 'ERROR'];

/**
 * As Tempo marshals protobuf: bytes in base64, enumerations by name (grafana/tempo issue 5437: the identifiers are
 * hexadecimal in the search API and base64 here).
 */
function encode(span: Span): object {
  const { traceId, spanId, parentSpanId, kind, status, startTimeUnixNano, endTimeUnixNano } = span;
  return {
    ...span,
    traceId: base64(traceId),
    spanId: base64(spanId),
    ...(parentSpanId !== undefined && { parentSpanId: base64(parentSpanId) }),
    ...(kind !== undefined && { kind: named('SPAN_KIND', kinds, kind) }),
    startTimeUnixNano: String(startTimeUnixNano ?? 0),
    endTimeUnixNano: String(endTimeUnixNano ?? 0),
    status: {
      ...status,
      ...(status?.code !== undefined && { code: named('STATUS_CODE', codes, status.code) }),
    },
  };
}

function named(prefix: string, names: readonly string[], value: number | string): string {
  return typeof value === 'string' ? value : `${prefix}_${names[value] ?? names[0]}`;
}

function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}

/** `tags` in logfmt; all of them on one span or its resource. Newest first, 20 unless told. */
function search(store: TraceStore, parameters: URLSearchParams): object {
  if (parameters.has('q'))
    throw new ApiError(400, 'invalid TraceQL query: TraceQL is not done here, use tags\n');
  const tags = readTags(parameters.get('tags') ?? '');
  const limit = Number(parameters.get('limit') ?? 20);
  const traces: object[] = [];
  for (const [traceID, spans] of store.all()) {
    if (traces.length >= limit) break;
    if (spans.some((span) => tags.every(([key, value]) => hasTag(span, key, value)))) {
      traces.push(summarize(traceID, spans));
    }
  }
  return { traces, metrics: { inspectedTraces: traces.length } };
}

function readTags(text: string): [string, string][] {
  return [...text.matchAll(/([^\s=]+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))/g)].map(
    ([, key = '', quoted, bare = '']): [string, string] => [key, quoted?.replace(/\\(.)/g, '$1') ?? bare],
  );
}

function hasTag({ span, resource }: StoredSpan, key: string, value: string): boolean {
  if (key === 'name') return span.name === value;
  return [...(span.attributes ?? []), ...(resource.attributes ?? [])].some(
    (attribute) => attribute.key === key && textOf(attribute) === value,
  );
}

function summarize(traceID: string, spans: readonly StoredSpan[]): object {
  const root = spans.find(({ span }) => !span.parentSpanId);
  const starts = spans.map(({ span }) => BigInt(span.startTimeUnixNano ?? 0));
  const ends = spans.map(({ span }) => BigInt(span.endTimeUnixNano ?? 0));
  const start = starts.toSorted(compare)[0] ?? 0n;
  const end = ends.toSorted(compare).at(-1) ?? start;
  const service = root?.resource.attributes?.find(({ key }) => key === 'service.name');
  return {
    traceID,
    rootServiceName: service ? textOf(service) : '<root span not yet received>',
    rootTraceName: root?.span.name ?? '',
    startTimeUnixNano: String(start),
    durationMs: Number((end - start) / 1_000_000n),
  };
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : 1;
}

function textOf({ value = {} }: Attribute): string {
  return String(Object.values(value)[0] ?? '');
}
