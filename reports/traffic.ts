import { attribute, attributionMarginMs } from './attribution.ts';
import { errorWindowsOf } from './error-window.ts';
import type { JournalEvent, TrafficEntry } from './journal.ts';
import { longestOutage, outagesOf } from './outage.ts';
import type { LoadSummary, OutageSummary, StreamSummary, TrafficBucket } from './report.ts';

const bucketMs = 500;
const errorWindow = { windowMs: 5000, atLeast: 0.05 };
/** Of each stream, the longest; counts are of all. */
const listedOutages = 20;

type Sample = TrafficEntry['samples'][number];
interface StreamSamples {
  readonly stream: string;
  readonly requirement: string;
  readonly users: boolean;
  readonly over?: string;
  readonly samples: Sample[];
}

/** Totals of every stream of users, once; renderers only show them. */
export function summarizeTraffic(events: readonly JournalEvent[], startedAtMs: number): LoadSummary {
  const all = [...samplesByStream(events).values()];
  const controls = all.filter(({ users }) => !users);
  const streams = all
    .filter(({ users }) => users)
    .map((stream) => summarize(stream, controlOf(stream, controls), startedAtMs));
  const control = controls.flatMap(({ samples }) => samples);
  return {
    streams,
    longestOutageMs: Math.max(0, ...streams.map((stream) => stream.longestOutageMs)),
    requests: sum(streams.map(({ requests }) => requests)),
    failedRequests: sum(streams.map(({ failed }) => failed)),
    unattributedRequests: sum(streams.map(({ unattributed }) => unattributed)),
    ownNetwork: { requests: control.length, unreached: control.filter(isFailed).length },
  };
}

function samplesByStream(events: readonly JournalEvent[]): Map<string, StreamSamples> {
  const streams = new Map<string, StreamSamples>();
  for (const event of events) {
    if (event.type !== 'traffic') continue;
    const key = `${event.requirement} ${event.stream}`;
    const { stream, requirement, users, over } = event;
    const known = streams.get(key) ?? { stream, requirement, users, over, samples: [] };
    streams.set(key, known);
    for (const sample of event.samples) known.samples.push(sample);
  }
  return streams;
}

function controlOf(
  { stream, requirement }: StreamSamples,
  controls: readonly StreamSamples[],
): readonly Sample[] | undefined {
  return controls.find((control) => control.requirement === requirement && control.over === stream)?.samples;
}

function summarize(
  { stream, requirement, samples }: StreamSamples,
  control: readonly Sample[] | undefined,
  startedAtMs: number,
): StreamSummary {
  const unattributed = new Set(control ? unattributedOf(samples, control) : []);
  const ordered = samples.filter((sample) => !unattributed.has(sample)).sort((a, b) => a[0] - b[0]);
  const latencies = latenciesOf(ordered);
  const seen = ordered
    .map(([atMs, , ok, lagMs = 0]) => ({ atMs: atMs + lagMs, good: ok === 1 }))
    .sort((a, b) => a.atMs - b.atMs);
  const outages = outagesOf(seen);
  return {
    stream,
    requirement,
    requests: samples.length,
    failed: ordered.filter(isFailed).length,
    unattributed: unattributed.size,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    longestOutageMs: longestOutage(outages)?.lengthMs ?? 0,
    outages: {
      count: outages.length,
      longest: outages
        .toSorted((a, b) => b.lengthMs - a.lengthMs)
        .slice(0, listedOutages)
        .map((outage) => outageSummary(outage, startedAtMs)),
    },
    errorWindows: errorWindowsOf(seen, errorWindow)
      .slice(0, listedOutages)
      .map(({ fromMs, toMs, ...window }) => ({
        fromMs: fromMs - startedAtMs,
        toMs: toMs - startedAtMs,
        ...window,
      })),
    bucketMs,
    buckets: bucketsOf(ordered, startedAtMs),
  };
}

function unattributedOf(samples: readonly Sample[], control: readonly Sample[]): readonly Sample[] {
  const record = {
    reached: control.filter((sample) => !isFailed(sample)),
    unreached: control.filter(isFailed),
  };
  return attribute(samples.filter(isFailed), record, attributionMarginMs).unattributed;
}

function outageSummary(outage: ReturnType<typeof outagesOf>[number], startedAtMs: number): OutageSummary {
  const { firstFailedAtMs, lengthMs, atLeastMs, atMostMs, failed, open } = outage;
  return {
    fromMs: firstFailedAtMs - startedAtMs,
    lengthMs,
    atLeastMs,
    // JSON has no infinity.
    ...(Number.isFinite(atMostMs) && { atMostMs }),
    failed,
    open,
  };
}

function bucketsOf(ordered: readonly Sample[], startedAtMs: number): readonly TrafficBucket[] {
  const grouped = Map.groupBy(ordered, ([at]) => Math.floor((at - startedAtMs) / bucketMs));
  return [...grouped].map(([index, samples]) => {
    const failed = samples.filter(isFailed).length;
    return {
      atMs: index * bucketMs,
      ok: samples.length - failed,
      failed,
      p99Ms: percentile(latenciesOf(samples), 0.99),
    };
  });
}

function isFailed([, , ok]: Sample): boolean {
  return ok === 0;
}

function latenciesOf(samples: readonly Sample[]): readonly number[] {
  return samples.map(([, latency]) => latency).sort((a, b) => a - b);
}

function sum(all: readonly number[]): number {
  return all.reduce((total, value) => total + value, 0);
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
