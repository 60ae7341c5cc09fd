import { openWorkplace } from '../long/testing/workplace.ts';
import type { ProberLag } from './prober-lag.ts';
import { measureLag } from './prober-lag.ts';

/** The same prober while an embedded stack stands up and a run of some requirements goes on beside it. */
export async function measureLagInRun(): Promise<ProberLag> {
  await using place = openWorkplace();
  const run = place.stormproof(['run', '--only', 'POD,FLOW']);
  return await measureLag({ what: 'inside a run', perWallSecond: 1000, meanwhile: run });
}
