import type { Observed } from '../../../../fixtures/failover/observer.ts';
import type { DatabaseDefect } from '../../../../local/rds/contract.ts';
import { until } from '../until.ts';
import type { Acknowledged, Reign } from './acknowledging-servers.ts';
import { reignsOf, splitBrain } from './acknowledging-servers.ts';
import type { DatabaseSite } from './database-site.ts';
import type { InstanceVerdict } from './instance-ledger.ts';
import { startInstanceLedger } from './instance-ledger.ts';
import { observeInstance } from './observers.ts';
import type { OutageByLogs } from './outage-by-logs.ts';
import { outageByLogs } from './outage-by-logs.ts';
import type { OutageCompared } from './outage-truth.ts';
import { compareOutage } from './outage-truth.ts';
import type { Injury, Round } from './round.ts';
import { playRound } from './round.ts';

export interface LoopPlan {
  readonly identifier: string;
  readonly injuries: readonly Injury[];
  readonly beside: 'lists' | 'bank';
  /** Whether new connections are observed too, at each interval. */
  readonly newConnections?: boolean;
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
  /** Each outage as each observer saw it. */
  readonly outages: readonly OutageCompared[];
  /** Outages that an observer did not see, or not to the end, and what it saw. */
  readonly unseen: readonly string[];
  /** Why the observers' schedule was not kept, if it was not. */
  readonly trouble?: string;
}

export interface PlayedRound extends Round {
  /** Absent under a defect: a server that is not fenced has no last moment. */
  readonly outage?: OutageByLogs;
}

/** The loops of several instances side by side. */
export async function playLoops(
  site: DatabaseSite,
  plans: readonly LoopPlan[],
): Promise<readonly LoopResult[]> {
  for (const { identifier } of plans) await site.create(identifier);
  return await Promise.all(plans.map((plan) => playLoop(site, plan)));
}

/** One instance through all its rounds, one after the other, while clients write to it. */
async function playLoop(
  site: DatabaseSite,
  { identifier, injuries, beside, seed, defect, newConnections = false }: LoopPlan,
): Promise<LoopResult> {
  if (defect) await site.plane.setDefect(identifier, defect, true);
  const ledger = await startInstanceLedger({ site, identifier, seed, beside });
  await using observers = observeInstance(site, identifier, { newConnections });
  const someWrites = async (): Promise<void> => {
    const before = ledger.acknowledged;
    await until('writes', 120_000, () => ledger.acknowledged >= before + writesBetween);
  };
  await until('writes of the observers', 120_000, () => observers.writing);
  const rounds: PlayedRound[] = [];
  for (const injury of injuries) {
    await someWrites();
    const round = await playRound(site, identifier, injury);
    rounds.push({ ...round, outage: defect ? undefined : outageByLogs(site, round) });
  }
  await someWrites();
  const { seen, trouble } = await observers.stop();
  const verdict = await ledger.judge(rounds);
  return {
    ...compareOutages(seen, rounds, site.speed),
    trouble,
    identifier,
    speed: site.speed,
    rounds,
    reigns: reignsOf(ledger.appends),
    splitBrain: splitBrain(ledger.appends),
    verdict,
  };
}

function compareOutages(
  observed: Readonly<Record<string, Observed>>,
  rounds: readonly PlayedRound[],
  speed: number,
): Pick<LoopResult, 'outages' | 'unseen'> {
  const outages: OutageCompared[] = [];
  const unseen: string[] = [];
  for (const [observer, seen] of Object.entries(observed))
    for (const round of rounds) {
      const ends = round.outage && compareOutage(seen, round, round.outage);
      if (typeof ends === 'string') unseen.push(`${observer}, ${round.injury}: ${ends}`);
      else if (ends) outages.push({ observer, speed, ...ends });
    }
  return { outages, unseen };
}

const writesBetween = 20;
