import { outagesOf } from '../../fixtures/load/outage.ts';
import { createProber } from '../../fixtures/load/prober.ts';
import { scheduleTrouble } from '../../fixtures/load/self-check.ts';
import { isServed } from '../../fixtures/load/stream.ts';
import { createRandom } from '../../local/base/random.ts';
import type { Outage } from '../../reports/outage.ts';
import type { ReferenceOutage } from './reference-server.ts';
import { referenceTarget, startReference } from './start-reference.ts';
import { milliseconds, percentile, table } from './table.ts';

export interface OutageTruth {
  readonly intervalMs: number;
  readonly outages: number;
  /** Fell between two requests: reported as none. */
  readonly unseen: number;
  /** Reported in more than one piece. */
  readonly split: number;
  /** Failures where there was no outage. */
  readonly falseAlarms: number;
  /** Of those seen: the true length lay within the bounds that were given. */
  readonly withinBounds: number;
  readonly errorsMs: readonly number[];
  /** Why the numbers say nothing, if they do not. */
  readonly trouble?: string;
}

interface Plan {
  readonly path: string;
  readonly outages: readonly ReferenceOutage[];
}

const intervalsMs = [20, 50, 100, 200];
/** Each end of an outage is seen that much late at most: the request's travel. */
const travelMs = 20;

/**
 * Outages of known length, 1 ms to 30 s log-uniform, injected by a server's own clock on as many paths as it takes to
 * have them all in some minutes; each path is probed at every interval.
 */
export async function measureOutages({
  outages = 1000,
  paths = 22,
  seed = 1,
}: {
  readonly outages?: number;
  readonly paths?: number;
  readonly seed?: number;
} = {}): Promise<readonly OutageTruth[]> {
  const random = createRandom(seed);
  const plans = planned(outages, paths, random.next);
  const lastMs = Math.max(...plans.flatMap((plan) => plan.outages.map(({ toMs }) => toMs)));
  await using server = await startReference({
    outages: Object.fromEntries(plans.map((plan) => [plan.path, plan.outages])),
  });
  await using prober = createProber(referenceTarget);
  const streams = plans.flatMap((plan) =>
    intervalsMs.map((intervalMs) => ({
      plan,
      intervalMs,
      running: prober.start(
        {
          stream: `${plan.path} ${intervalMs}`,
          url: `${server.url}${plan.path}`,
          perWallSecond: 1000 / intervalMs,
          requests: Math.ceil((lastMs + 1000) / intervalMs),
        },
        () => undefined,
      ),
    })),
  );
  const seen = await Promise.all(
    streams.map(async ({ plan, intervalMs, running }) => {
      const result = await running.done;
      const found = outagesOf(result.samples, (status) => isServed({}, status));
      return {
        intervalMs,
        ...compare(plan, found, intervalMs, server.startedAtMs),
        trouble: scheduleTrouble(result),
      };
    }),
  );
  return intervalsMs.map((intervalMs) =>
    together(
      intervalMs,
      seen.filter((one) => one.intervalMs === intervalMs),
    ),
  );
}

export function outageTable(truths: readonly OutageTruth[]): string {
  return table(
    truths.map((truth) => ({
      interval: `${truth.intervalMs} ms`,
      outages: truth.outages,
      unseen: truth.unseen,
      split: truth.split,
      'false alarms': truth.falseAlarms,
      'within bounds': `${truth.withinBounds} of ${truth.outages - truth.unseen}`,
      'error p50': milliseconds(percentile(truth.errorsMs, 0.5)),
      'error p99': milliseconds(percentile(truth.errorsMs, 0.99)),
      'error max': milliseconds(Math.max(...truth.errorsMs)),
      'p99 / interval': (percentile(truth.errorsMs, 0.99) / truth.intervalMs).toFixed(2),
      schedule: truth.trouble ?? 'kept',
    })),
  );
}

function planned(count: number, paths: number, next: () => number): readonly Plan[] {
  return Array.from({ length: paths }, (_, path) => {
    let atMs = 2000 + next() * 1000;
    const mine = Math.floor(count / paths) + (path < count % paths ? 1 : 0);
    const outages = Array.from({ length: mine }, (_, index): ReferenceOutage => {
      const fromMs = atMs + 600 + next() * 600;
      const toMs = fromMs + Math.exp(next() * Math.log(30_000));
      atMs = toMs;
      return { fromMs, toMs, kind: index % 2 ? 'status' : 'reset' };
    });
    return { path: `/${path}`, outages };
  });
}

type Compared = Omit<OutageTruth, 'intervalMs' | 'trouble'>;

function compare(
  { outages }: Plan,
  found: readonly Outage[],
  intervalMs: number,
  startedAtMs: number,
): Compared {
  const claimed = new Set<Outage>();
  const pairs = outages.map(({ fromMs, toMs }) => {
    const reported = found.filter(
      ({ firstFailedAtMs, lastFailedAtMs }) =>
        lastFailedAtMs - startedAtMs >= fromMs - intervalMs - travelMs &&
        firstFailedAtMs - startedAtMs <= toMs + travelMs,
    );
    for (const outage of reported) claimed.add(outage);
    return { lengthMs: toMs - fromMs, reported };
  });
  const single = pairs.flatMap(({ lengthMs, reported }) =>
    reported.slice(0, 1).map((outage) => ({ lengthMs, outage })),
  );
  return {
    outages: outages.length,
    unseen: pairs.filter(({ reported }) => reported.length === 0).length,
    split: pairs.filter(({ reported }) => reported.length > 1).length,
    falseAlarms: found.filter((outage) => !claimed.has(outage)).length,
    withinBounds: single.filter(
      ({ lengthMs, outage }) =>
        lengthMs >= outage.atLeastMs - travelMs && lengthMs <= outage.atMostMs + travelMs,
    ).length,
    errorsMs: pairs.map(({ lengthMs, reported }) =>
      Math.abs(reported.reduce((sum, outage) => sum + outage.lengthMs, 0) - lengthMs),
    ),
  };
}

function together(
  intervalMs: number,
  all: readonly (Compared & { readonly trouble?: string })[],
): OutageTruth {
  const sum = (of: (one: Compared) => number) => all.reduce((total, one) => total + of(one), 0);
  return {
    intervalMs,
    outages: sum(({ outages }) => outages),
    unseen: sum(({ unseen }) => unseen),
    split: sum(({ split }) => split),
    falseAlarms: sum(({ falseAlarms }) => falseAlarms),
    withinBounds: sum(({ withinBounds }) => withinBounds),
    errorsMs: all.flatMap(({ errorsMs }) => errorsMs),
    trouble: all.find(({ trouble }) => trouble)?.trouble,
  };
}
