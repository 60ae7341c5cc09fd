import { randomBytes } from 'node:crypto';
import { eventually } from '../../fixtures/eventually.ts';
import { withEnvironment, workloadMutant } from '../../fixtures/mutants/workload.ts';
import { must } from '../../fixtures/outcome.ts';
import { askEcho } from '../../fixtures/probes/echo.ts';
import { jsonOf, summary } from '../../fixtures/probes/http.ts';
import { requirement } from '../../fixtures/requirement.ts';
import { promised } from '../../fixtures/timeouts.ts';

/** OpenTelemetry's own switch. */
const tracingOff = workloadMutant(
  'tracing-switched-off',
  /spans/,
  withEnvironment('OTEL_SDK_DISABLED', 'true'),
);

/** opentelemetry-proto, Span.SpanKind, by number and by name. */
const server = [2, 'SPAN_KIND_SERVER'];
const client = [3, 'SPAN_KIND_CLIENT'];

export default requirement(
  {
    id: 'TRACE-1',
    title: 'forwards one trace ID through edge and load balancer, joined by pod and database spans',
    level: 'core',
    layers: ['edge', 'kubernetes', 'database', 'telemetry'],
    applies: ({ telemetry }) => telemetry.traces !== 'none',
    refs: ['W3C Trace Context', 'Tempo, HTTP API, Query V2', 'ELB User Guide, Request tracing'],
    mutants: [tracingOff],
  },
  async (session) => {
    const { deployment, stack, clock, viewer, url, evidence, signal } = session;
    if (deployment.telemetry.traces === 'none') return;
    const look = viewer();
    const tempo = viewer({ from: undefined });
    const traceId = randomBytes(16).toString('hex');
    const headers = { traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` };
    const { echo } = await askEcho(session, look, { headers, signal });
    must(echo.headers.traceparent?.includes(traceId) === true, 'The trace ID does not reach the pod', {
      expected: traceId,
      observed: echo.headers.traceparent ?? 'no traceparent',
    });
    const answer = await look.get(url(`/api/v1/database?trace=${traceId}`), { headers, signal });
    must(answer.answered && answer.status === 200, 'The traced request is not served', {
      expected: 200,
      observed: summary(answer),
    });
    const kinds = await eventually({
      clock,
      signal,
      what: 'the spans of pod and database in one trace',
      within: promised(deployment.telemetry.traces.deliverySeconds, 1, 'the declared delivery bound'),
      look: async () =>
        spanKinds(
          jsonOf(
            await tempo.get(`${stack.descriptor.telemetry.tempoUrl}/api/v2/traces/${traceId}`, { signal }),
          ),
        ),
      until: (seen) =>
        seen.some((kind) => server.includes(kind)) && seen.some((kind) => client.includes(kind)),
    });
    evidence('trace', { traceId, spans: kinds.length });
  },
);

type Kind = string | number;
interface TempoAnswer {
  readonly trace?: {
    readonly resourceSpans?: readonly {
      readonly scopeSpans?: readonly { readonly spans?: readonly { readonly kind?: Kind }[] }[];
    }[];
  };
}

function spanKinds(body: unknown): readonly Kind[] {
  const { trace } = (body ?? {}) as TempoAnswer;
  const spans = trace?.resourceSpans?.flatMap(({ scopeSpans = [] }) =>
    scopeSpans.flatMap(({ spans = [] }) => spans),
  );
  return spans?.map(({ kind }) => kind ?? 'absent') ?? [];
}
