import type { DatabaseInstance, ServerPlace } from '../../../../local/rds/contract.ts';
import { until } from '../until.ts';
import type { DatabaseSite } from './database-site.ts';
import { wallNow } from './wall-now.ts';

export const injuries = ['forced failover', 'postmaster killed', 'server killed', 'server frozen'] as const;
export type Injury = (typeof injuries)[number];

/** Something that happened no sooner and no later than this. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** One primary was injured, and another took over. */
export interface Round {
  readonly identifier: string;
  readonly injury: Injury;
  readonly injected: Span;
  readonly old: ServerPlace;
  readonly fresh: ServerPlace;
  /** When the instance had a standby again. */
  readonly redundantAtMs: number;
}

/** Returns when the instance could take the next one. */
export async function playRound(site: DatabaseSite, identifier: string, injury: Injury): Promise<Round> {
  const describe = (): DatabaseInstance => site.plane.describe(identifier);
  const old = present(describe().primary, 'a primary');
  const next = present(describe().standby, 'a standby');
  const id = `${identifier} ${old.pid}`;
  const injected = await injure(site, { identifier, injury, id, old });
  const whole = ({ status, primary, standby }: DatabaseInstance): boolean =>
    status === 'available' && standby !== undefined && primary !== undefined && primary.pid !== old.pid;
  await until(`"${identifier}" whole again after "${injury}"`, wholeWithinWallMs, () => whole(describe()));
  const redundantAtMs = wallNow();
  await site.plane.mend(id);
  const fresh = present(describe().primary, 'a primary');
  if (fresh.pid !== next.pid) throw new Error(`Expected the standby to take over after "${injury}"`);
  return { identifier, injury, injected, old, fresh, redundantAtMs };
}

/** At speed 1: half a minute until a hang is found, a minute of failover, and a standby made afresh. */
const wholeWithinWallMs = 400_000;

interface Injured {
  readonly identifier: string;
  readonly injury: Injury;
  readonly id: string;
  readonly old: ServerPlace;
}

async function injure(site: DatabaseSite, { identifier, injury, id, old }: Injured): Promise<Span> {
  const fromMs = wallNow();
  if (injury === 'forced failover') await site.plane.reboot(identifier, { forceFailover: true });
  else if (injury === 'postmaster killed') process.kill(old.pid, 'SIGKILL');
  else {
    const effect = injury === 'server killed' ? 'kill-primary' : 'freeze-primary';
    await site.plane.break(id, { plane: 'database', identifier, effect });
  }
  return { fromMs, toMs: wallNow() };
}

function present<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`Cannot play a round: expected ${what}, got none`);
  return value;
}
