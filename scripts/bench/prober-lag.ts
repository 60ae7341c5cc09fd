import { createHistogram } from '../../fixtures/load/histogram.ts';
import { startStream } from '../../fixtures/load/probe-stream.ts';
import { scheduleTrouble } from '../../fixtures/load/self-check.ts';
import type { StreamRecord } from '../../fixtures/load/stream.ts';
import { referenceTarget, startReference } from './start-reference.ts';
import { milliseconds, table } from './table.ts';

export interface ProberLag {
  readonly what: string;
  readonly perWallSecond: number;
  readonly record: StreamRecord;
  /** CPU of this process by wall time. */
  readonly cpuShare: number;
}

/** Resolves with the stream's record when `meanwhile` has ended, or after the time. */
export async function measureLag({
  what,
  perWallSecond = 1000,
  forMs = 30_000,
  meanwhile,
  maxInFlight,
}: {
  readonly what: string;
  readonly perWallSecond?: number;
  readonly forMs?: number;
  readonly meanwhile?: Promise<unknown>;
  readonly maxInFlight?: number;
}): Promise<ProberLag> {
  await using server = await startReference();
  const startedMs = performance.now();
  const before = process.cpuUsage();
  const stream = startStream(
    referenceTarget,
    {
      stream: what,
      url: `${server.url}/`,
      perWallSecond,
      maxInFlight,
      keepsSamples: false,
      ...(!meanwhile && { requests: Math.round((perWallSecond * forMs) / 1000) }),
    },
    () => undefined,
  );
  void meanwhile?.then(stream.stop, stream.stop);
  const record = await stream.done;
  const { user, system } = process.cpuUsage(before);
  return { what, perWallSecond, record, cpuShare: (user + system) / 1000 / (performance.now() - startedMs) };
}

export function lagTable(all: readonly ProberLag[]): string {
  return table(
    all.map(({ what, perWallSecond, record, cpuShare }) => {
      const { selfCheck, sent } = record;
      const lag = createHistogram(record.lag);
      return {
        prober: what,
        'a second': perWallSecond,
        requests: sent,
        served: record.served,
        'lag p50': milliseconds(lag.percentileMs(50)),
        'lag p99': milliseconds(selfCheck.lagP99Ms),
        'lag max': milliseconds(selfCheck.lagMaxMs),
        'in stalls': `${((100 * selfCheck.stalledMs) / Math.max(1, selfCheck.scheduledMs)).toFixed(2)} %`,
        unsent: selfCheck.unsent,
        CPU: `${(cpuShare * 100).toFixed(0)} %`,
        schedule: scheduleTrouble(record) ?? 'kept',
      };
    }),
  );
}
