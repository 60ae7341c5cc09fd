import { percentile, table } from '../../../bench/table.ts';
import type { LoopResult, PlayedRound } from './loop.ts';
import { injuries } from './round.ts';

/** How long the database took no writes, and how long it had no standby, a kind of injury a row. */
export function recoveryTable(results: readonly LoopResult[]): string {
  const speeds = [...new Set(results.map(({ speed }) => speed))];
  return table(
    speeds.flatMap((speed) => {
      const rounds = results.filter((result) => result.speed === speed).flatMap((result) => result.rounds);
      return injuries
        .map((injury) => ({ injury, chosen: rounds.filter((round) => round.injury === injury) }))
        .filter(({ chosen }) => chosen.length > 0)
        .map(({ injury, chosen }) => ({
          injury,
          speed,
          rounds: chosen.length,
          ...spread('RTO', chosen.map(outageLengthMs), speed),
          'ready to open p50': opening(chosen, 0.5),
          'ready to open max': opening(chosen, 1),
          ...spread('standby', chosen.map(withoutStandbyMs), speed),
        }));
    }),
  );
}

/** What clients were told, and what became of it, an instance a row. */
export function ledgerTable(results: readonly LoopResult[]): string {
  return table(
    results.map(({ identifier, speed, rounds, reigns, splitBrain, verdict: { keys, serializable } }) => ({
      instance: identifier,
      speed,
      rounds: rounds.length,
      primaries: reigns.length,
      acknowledged: keys.acknowledged,
      indeterminate: keys.indeterminate,
      recovered: keys.recovered,
      lost: keys.lost.length,
      repeated: keys.repeated.length,
      unexpected: keys.unexpected.length,
      'split brain': splitBrain.length,
      serializable: serializable.verdict,
    })),
  );
}

/** From the last moment of the old primary to the first of the new one. */
function outageLengthMs({ outage }: PlayedRound): number {
  return outage ? outage.firstMomentAtMs - outage.lastMoment.fromMs : Number.NaN;
}

function withoutStandbyMs({ outage, redundantAtMs }: PlayedRound): number {
  return outage ? redundantAtMs - outage.lastMoment.fromMs : Number.NaN;
}

/** From PostgreSQL's word that it is ready until clients are led there: the plane's own doing, in wall time. */
function opening(rounds: readonly PlayedRound[], share: number): string {
  const lengths = rounds.flatMap(({ outage }) => (outage ? [outage.firstMomentAtMs - outage.readyAtMs] : []));
  return `${percentile(lengths, share).toFixed(0)} ms`;
}

/** In seconds of the stack's time. */
function spread(name: string, wallMs: readonly number[], speed: number): Readonly<Record<string, string>> {
  const seconds = wallMs.map((each) => (each * speed) / 1000);
  const shown = (value: number): string => `${value.toFixed(1)} s`;
  return {
    [`${name} min`]: shown(Math.min(...seconds)),
    [`${name} p50`]: shown(percentile(seconds, 0.5)),
    [`${name} p90`]: shown(percentile(seconds, 0.9)),
    [`${name} max`]: shown(Math.max(...seconds)),
  };
}
