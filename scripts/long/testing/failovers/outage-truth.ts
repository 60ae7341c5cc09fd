import { failoverSeen } from '../../../../fixtures/failover/failover-seen.ts';
import type { Observed } from '../../../../fixtures/failover/observer.ts';
import { percentile, table } from '../../../bench/table.ts';
import type { OutageByLogs } from './outage-by-logs.ts';
import type { Round, Span } from './round.ts';

/** One end of an outage, as an observer had it and as PostgreSQL's logs have it. */
export interface EndCompared {
  /** From the observer's estimate to the truth: 0 within the span that is all that is known of the truth. */
  readonly errorMs: number;
  /** Half of the span in which the observer places it. */
  readonly uncertaintyMs: number;
  /** What lies between the observer's span and the truth's: 0 when they meet. */
  readonly missMs: number;
  /** Half of what is known of the truth. */
  readonly truthWithinMs: number;
}

export interface OutageCompared {
  readonly observer: string;
  readonly speed: number;
  readonly begin: EndCompared;
  readonly end: EndCompared;
}

/** At which the observers try to write. */
export const intervalMs = 10;

/** Says what the observer saw instead, when it saw no failover where there was one. */
export function compareOutage(
  { attempts }: Observed,
  { injected, redundantAtMs }: Round,
  { lastMoment, firstMomentAtMs }: OutageByLogs,
): Pick<OutageCompared, 'begin' | 'end'> | string {
  const near = attempts.filter(
    ({ startedAtMs, endedAtMs }) => endedAtMs >= injected.fromMs - lookBackMs && startedAtMs <= redundantAtMs,
  );
  const seen = failoverSeen(near, injected.fromMs);
  if (!seen) return `no failure, in ${near.length} attempts`;
  if (!seen.firstOk) return `no end, in ${near.length} attempts: ${JSON.stringify(seen.errors)}`;
  const { lastGoodAtMs, firstFailedAtMs, lastFailedAtMs, firstGoodAtMs } = seen.outage;
  return {
    begin: compare({ fromMs: lastGoodAtMs, toMs: firstFailedAtMs }, lastMoment),
    end: compare(
      { fromMs: lastFailedAtMs, toMs: firstGoodAtMs },
      { fromMs: firstMomentAtMs, toMs: firstMomentAtMs },
    ),
  };
}

/** The last write before an injury is no older. */
const lookBackMs = 5000;

function compare(seen: Span, truth: Span): EndCompared {
  const estimate = (seen.fromMs + seen.toMs) / 2;
  return {
    errorMs: distance({ fromMs: estimate, toMs: estimate }, truth),
    uncertaintyMs: (seen.toMs - seen.fromMs) / 2,
    missMs: distance(seen, truth),
    truthWithinMs: (truth.toMs - truth.fromMs) / 2,
  };
}

function distance(one: Span, other: Span): number {
  return Math.max(0, one.fromMs - other.toMs, other.fromMs - one.toMs);
}

/** An observer and an end of its outages a row. */
export function outageTruthTable(all: readonly OutageCompared[]): string {
  const kinds = Map.groupBy(all, ({ observer, speed }) => `${observer}, speed ${speed}`);
  return table(
    [...kinds].flatMap(([kind, those]) =>
      (['begin', 'end'] as const).map((end) => ({
        observer: kind,
        end,
        outages: those.length,
        ...spread(
          'error',
          those.map((each) => each[end].errorMs),
        ),
        ...spread(
          'uncertainty',
          those.map((each) => each[end].uncertaintyMs),
        ),
        ...spread(
          'miss',
          those.map((each) => each[end].missMs),
        ),
        ...spread(
          'truth within',
          those.map((each) => each[end].truthWithinMs),
        ),
      })),
    ),
  );
}

function spread(name: string, values: readonly number[]): Readonly<Record<string, string>> {
  const shown = (value: number): string => `${value.toFixed(1)} ms`;
  return {
    [`${name} p50`]: shown(percentile(values, 0.5)),
    [`${name} p99`]: shown(percentile(values, 0.99)),
    [`${name} max`]: shown(Math.max(...values)),
  };
}
