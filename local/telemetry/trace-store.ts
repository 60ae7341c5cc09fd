/** A span as OTLP's JSON has it; identifiers in lower-case hexadecimal. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name?: string;
  readonly kind?: number | string;
  readonly startTimeUnixNano?: string | number;
  readonly endTimeUnixNano?: string | number;
  readonly attributes?: readonly Attribute[];
  readonly status?: { readonly code?: number | string; readonly message?: string };
}

export interface Attribute {
  readonly key: string;
  readonly value?: Readonly<Record<string, unknown>>;
}

export interface Resource {
  readonly attributes?: readonly Attribute[];
}

export interface ScopeSpans {
  readonly scope?: object;
  readonly spans: readonly Span[];
}

export interface ResourceSpans {
  readonly resource?: Resource;
  readonly scopeSpans: readonly ScopeSpans[];
}

/** A span with the places that it came from. */
export interface StoredSpan {
  readonly resource: Resource;
  readonly scope: object;
  readonly span: Span;
}

export interface TraceStore {
  add(spans: readonly ResourceSpans[]): void;
  /** By hexadecimal trace ID, lower case. */
  get(traceId: string): readonly StoredSpan[] | undefined;
  /** Newest first. */
  all(): Iterable<readonly [string, readonly StoredSpan[]]>;
}

export interface TraceStoreLimits {
  readonly spans: number;
}

/** Bounded: the traces that were written to longest ago go first. A span that is sent again is kept once. */
export function createTraceStore({ spans: mostSpans }: TraceStoreLimits): TraceStore {
  const traces = new Map<string, Map<string, StoredSpan>>();
  let count = 0;

  function addSpan(stored: StoredSpan): void {
    const { traceId, spanId } = stored.span;
    const trace = traces.get(traceId) ?? new Map<string, StoredSpan>();
    count += trace.has(spanId) ? 0 : 1;
    trace.set(spanId, stored);
    traces.delete(traceId);
    traces.set(traceId, trace);
    evict();
  }

  function evict(): void {
    for (const [traceId, trace] of traces) {
      if (count <= mostSpans) return;
      traces.delete(traceId);
      count -= trace.size;
    }
  }

  return {
    add: (list) => {
      for (const { resource = {}, scopeSpans } of list) {
        for (const { scope = {}, spans } of scopeSpans)
          for (const span of spans) addSpan({ resource, scope, span });
      }
    },
    get: (traceId) => {
      const trace = traces.get(traceId);
      return trace && [...trace.values()];
    },
    all: () => [...traces].reverse().map(([id, trace]) => [id, [...trace.values()]] as const),
  };
}
