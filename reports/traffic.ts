import type { JournalEvent, TrafficEntry } from './journal.ts';
import type { LoadSummary, StreamSummary, TrafficBucket } from './report.ts';

const bucketMs = 500;

type Sample = TrafficEntry['samples'][number];
interface StreamSamples {
  readonly stream: string;
  readonly requirement: string;
  readonly users: boolean;
  readonly samples: Sample[];
}

/** Totals of every stream, once; renderers only show them. */
export function summarizeTraffic(events: readonly JournalEvent[], startedAtMs: number): LoadSummary {
  const streams = [...samplesByStream(events).values()];
  const users = streams.filter((stream) => stream.users);
  const summaries = streams.map((stream) => summarize(stream, startedAtMs));
  const ofUsers = summaries.filter((_, index) => streams[index]?.users);
  return {
    streams: summaries,
    longestOutageMs: Math.max(0, ...ofUsers.map((stream) => stream.longestOutageMs)),
    requests: users.reduce((sum, { samples }) => sum + samples.length, 0),
    failedRequests: ofUsers.reduce((sum, { failed }) => sum + failed, 0),
  };
}

function samplesByStream(events: readonly JournalEvent[]): Map<string, StreamSamples> {
  const streams = new Map<string, StreamSamples>();
  for (const event of events) {
    if (event.type !== 'traffic') continue;
    const key = `${event.requirement} ${event.stream}`;
    const { stream, requirement, users } = event;
    const known = streams.get(key) ?? { stream, requirement, users, samples: [] };
    streams.set(key, known);
    for (const sample of event.samples) known.samples.push(sample);
  }
  return streams;
}

function summarize({ stream, requirement, samples }: StreamSamples, startedAtMs: number): StreamSummary {
  const ordered = samples.toSorted((a, b) => a[0] - b[0]);
  const latencies = ordered.map(([, latency]) => latency).sort((a, b) => a - b);
  return {
    stream,
    requirement,
    requests: ordered.length,
    failed: ordered.filter(([, , ok]) => !ok).length,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    longestOutageMs: longestOutage(ordered),
    bucketMs,
    buckets: bucketsOf(ordered, startedAtMs),
  };
}

/** From the first failed request to the next served one, by intended times. */
function longestOutage(ordered: readonly Sample[]): number {
  let longest = 0;
  let since: number | undefined;
  for (const [at, , ok] of ordered) {
    if (!ok) since ??= at;
    if (since !== undefined) longest = Math.max(longest, at - since);
    if (ok) since = undefined;
  }
  return longest;
}

function bucketsOf(ordered: readonly Sample[], startedAtMs: number): readonly TrafficBucket[] {
  const grouped = Map.groupBy(ordered, ([at]) => Math.floor((at - startedAtMs) / bucketMs));
  return [...grouped].map(([index, samples]) => {
    const ok = samples.filter((sample) => sample[2]).length;
    const latencies = samples.map(([, latency]) => latency).sort((a, b) => a - b);
    return { atMs: index * bucketMs, ok, failed: samples.length - ok, p99Ms: percentile(latencies, 0.99) };
  });
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
