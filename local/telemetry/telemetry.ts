import type { Clock } from '../base/clock.ts';
import { serveApi } from './http.ts';
import { createLogStore, type LogEntry } from './log-store.ts';
import { answerLoki } from './loki.ts';
import { answerOtlp } from './otlp.ts';
import type { Labels } from './selector.ts';
import { answerTempo } from './tempo.ts';
import { createTraceStore, type ResourceSpans } from './trace-store.ts';

/** Where telemetry goes in and comes out. */
export interface Telemetry extends AsyncDisposable {
  /** OTLP/HTTP: traces go to `/v1/traces` below it. */
  readonly otlpUrl: string;
  readonly tempoUrl: string;
  readonly lokiUrl: string;
  /** What a log collector on the nodes would push. */
  pushLogs(labels: Labels, entries: readonly LogEntry[]): void;
  /** What planes of the same process would export. */
  exportSpans(spans: readonly ResourceSpans[]): void;
}

export interface TelemetryOptions {
  readonly host: string;
  readonly clock: Clock;
  /** Above them the oldest go. */
  readonly limits?: { readonly spans: number; readonly lines: number };
}

export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const { host, clock, limits = { spans: 200_000, lines: 200_000 } } = options;
  const traces = createTraceStore(limits);
  const logs = createLogStore(limits);
  await using opened = new AsyncDisposableStack();
  const otlp = opened.use(await serveApi({ host, port: 4318 }, (call) => answerOtlp(traces, call)));
  const tempo = opened.use(await serveApi({ host, port: 3200 }, (call) => answerTempo(traces, call)));
  const loki = opened.use(await serveApi({ host, port: 3100 }, (call) => answerLoki(logs, clock, call)));
  const servers = opened.move();
  return {
    otlpUrl: otlp.url,
    tempoUrl: tempo.url,
    lokiUrl: loki.url,
    pushLogs: logs.add,
    exportSpans: traces.add,
    [Symbol.asyncDispose]: () => servers.disposeAsync(),
  };
}
