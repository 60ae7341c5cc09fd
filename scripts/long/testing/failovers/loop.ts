import type { DatabaseDefect } from '../../../../local/rds/contract.ts';
import { until } from '../until.ts';
import type { Acknowledged, Reign } from './acknowledging-servers.ts';
import { reignsOf, splitBrain } from './acknowledging-servers.ts';
import type { DatabaseSite } from './database-site.ts';
import type { InstanceVerdict } from './instance-ledger.ts';
import { startInstanceLedger } from './instance-ledger.ts';
import type { OutageByLogs } from './outage-by-logs.ts';
import { outageByLogs } from './outage-by-logs.ts';
import type { Injury, Round } from './round.ts';
import { playRound } from './round.ts';

export interface LoopPlan {
  readonly identifier: string;
  readonly injuries: readonly Injury[];
  readonly beside: 'lists' | 'bank';
  readonly seed: number;
  readonly defect?: DatabaseDefect;
}

export interface LoopResult {
  readonly identifier: string;
  readonly speed: number;
  readonly rounds: readonly PlayedRound[];
  readonly reigns: readonly Reign[];
  readonly splitBrain: readonly Acknowledged[];
  readonly verdict: InstanceVerdict;
}

export interface PlayedRound extends Round {
  /** Absent under a defect: a server that is not fenced has no last moment. */
  readonly outage?: OutageByLogs;
}

/** One instance through all its rounds, one after the other, while clients write to it. */
export async function playLoop(
  site: DatabaseSite,
  { identifier, injuries, beside, seed, defect }: LoopPlan,
): Promise<LoopResult> {
  await site.create(identifier);
  if (defect) await site.plane.setDefect(identifier, defect, true);
  const ledger = await startInstanceLedger({ site, identifier, seed, beside });
  const someWrites = async (): Promise<void> => {
    const before = ledger.acknowledged;
    await until('writes', 120_000, () => ledger.acknowledged >= before + writesBetween);
  };
  const rounds: PlayedRound[] = [];
  for (const injury of injuries) {
    await someWrites();
    const round = await playRound(site, identifier, injury);
    rounds.push({ ...round, outage: defect ? undefined : outageByLogs(site, round) });
  }
  await someWrites();
  const verdict = await ledger.judge(rounds);
  return {
    identifier,
    speed: site.speed,
    rounds,
    reigns: reignsOf(ledger.appends),
    splitBrain: splitBrain(ledger.appends),
    verdict,
  };
}

const writesBetween = 20;
