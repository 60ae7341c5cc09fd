import type { Clock } from '../base/clock.ts';
import type { Breakable, TelemetryFault } from '../base/plane-fault.ts';
import { type ApiServer, type Call, ConnectionCut, serveApi } from './http.ts';
import { createInlet } from './inlet.ts';
import { createLogStore, type LogEntry } from './log-store.ts';
import { answerLoki, pushPath } from './loki.ts';
import { answerOtlp } from './otlp.ts';
import type { Labels } from './selector.ts';
import { answerTempo } from './tempo.ts';
import { createTraceStore, type ResourceSpans } from './trace-store.ts';

/** Where telemetry goes in and comes out. */
export interface Telemetry extends AsyncDisposable, Breakable<TelemetryFault> {
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
  const inlets = {
    logs: createInlet({ store: logs.add }),
    traces: createInlet({ store: traces.add, listen: (down) => otlp.refuse(down) }),
  };
  const otlp: ApiServer = opened.use(
    await serveApi({ host, port: 4318 }, (call) => answerOtlp({ add: inlets.traces.add }, call)),
  );
  const tempo = opened.use(await serveApi({ host, port: 3200 }, (call) => answerTempo(traces, call)));
  const lokiStore = { ...logs, add: inlets.logs.add };
  const loki = opened.use(
    await serveApi({ host, port: 3100 }, (call) => {
      cutPushWhileDown(inlets.logs, call);
      return answerLoki(lokiStore, clock, call);
    }),
  );
  const servers = opened.move();
  return {
    otlpUrl: otlp.url,
    tempoUrl: tempo.url,
    lokiUrl: loki.url,
    pushLogs: inlets.logs.add,
    exportSpans: inlets.traces.add,
    break: async (id, fault) => inletOf(inlets, fault).break(id, fault),
    mend: async (id) => {
      await Promise.all([inlets.logs.mend(id), inlets.traces.mend(id)]);
    },
    [Symbol.asyncDispose]: () => servers.disposeAsync(),
  };
}

/** Loki is pushed to and asked at one port: only what pushes finds nobody there. */
function cutPushWhileDown({ down }: { readonly down: boolean }, { path }: Call): void {
  if (down && path === pushPath) throw new ConnectionCut();
}

function inletOf(
  inlets: Readonly<Record<TelemetryFault['signal'], Breakable<TelemetryFault>>>,
  { signal }: TelemetryFault,
): Breakable<TelemetryFault> {
  if (!Object.hasOwn(inlets, signal))
    throw new RangeError(`Cannot break telemetry: expected a signal of ${Object.keys(inlets).join(', ')}`);
  return inlets[signal];
}
