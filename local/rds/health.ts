import type { Clock } from '../base/clock.ts';
import { phases } from './phases.ts';
import type { PostgresServer } from './server.ts';
import type { ReplicationSample, StandbyWatch } from './standby-watch.ts';
import { createStandbyWatch } from './standby-watch.ts';

export interface HealthOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The server that should answer, and the slot of the standby that should keep up with it. */
  watched(): { readonly primary: PostgresServer | undefined; readonly slot: string | undefined };
  /** Once for each process that stopped answering. */
  onUnresponsive(primary: PostgresServer, pid: number): void;
  onStandbySilent(slot: string): void;
}

/** Asks the primary, again and again, as RDS's own monitoring does: the exit of a process is not all that can happen to it. */
export function watchHealth(options: HealthOptions): void {
  const { clock, signal } = options;
  const intervalMs = Math.max(phases.healthInterval, clock.toStackMs(leastIntervalWallMs));
  const judge = createJudge(options);
  const look = async (): Promise<void> => {
    const { primary, slot } = options.watched();
    const pid = primary?.pid;
    if (!primary?.serving || pid === undefined) return;
    const answer = await ask(primary, slot ?? '', options);
    // What changed meanwhile was another's doing, and the answer says nothing about it.
    if (signal.aborted || !primary.serving || primary.pid !== pid) return;
    judge({ primary, pid, slot: slot === options.watched().slot ? slot : undefined, answer });
  };
  clock.every(intervalMs, look, signal);
}

/** A look costs a process: no more than four a second. */
const leastIntervalWallMs = 250;
/** A standby says that it lives once a wall second (`settings.ts`), and not while it waits for its disk. */
const leastSilenceWallMs = 5000;

type Answer = ReplicationSample | 'refused' | 'silent';

interface Observation {
  readonly primary: PostgresServer;
  readonly pid: number;
  readonly slot: string | undefined;
  readonly answer: Answer;
}

function createJudge({ clock, onUnresponsive, onStandbySilent }: HealthOptions) {
  const silenceWallMs = Math.max(leastSilenceWallMs, clock.toWallMs(phases.standbySilence));
  let silent = { pid: 0, times: 0 };
  let watch: { slot?: string; standby: StandbyWatch } = { standby: createStandbyWatch() };
  return ({ primary, pid, slot, answer }: Observation): void => {
    if (silent.pid !== pid || answer !== 'silent') silent = { pid, times: 0 };
    if (answer === 'silent' && ++silent.times === phases.healthThreshold) onUnresponsive(primary, pid);
    if (watch.slot !== slot) watch = { slot, standby: createStandbyWatch() };
    if (slot === undefined) return;
    if (typeof answer === 'string') watch.standby.forget();
    else if (watch.standby.observe(answer, performance.now()) > silenceWallMs) onStandbySilent(slot);
  };
}

/** A server that says that it cannot is there; only one that says nothing is not. */
async function ask(
  primary: PostgresServer,
  slot: string,
  { clock, signal }: Pick<HealthOptions, 'clock' | 'signal'>,
): Promise<Answer> {
  const patience = new AbortController();
  const giveUp = (): void => patience.abort(new Error(`"${primary.address}" does not answer`));
  // When we were the ones who stood still, the answer has come with us: it is read before `setImmediate`.
  const timer = setTimeout(() => setImmediate(giveUp), clock.ioTimeoutWallMs(phases.healthTimeout));
  try {
    await using session = await primary.session(AbortSignal.any([signal, patience.signal]), 0);
    const [sample] = await session.query<SampleRow>(sampleText, [slot]);
    return sample ?? 'refused';
  } catch {
    return patience.signal.aborted ? 'silent' : 'refused';
  } finally {
    clearTimeout(timer);
  }
}

type SampleRow = { [Name in keyof ReplicationSample]: ReplicationSample[Name] };

const sampleText = `
  select pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::float8 as written,
    pg_wal_lsn_diff(flush_lsn, '0/0')::float8 as flushed, reply_time::text as "replyTime"
  from (select) as one
  left join pg_stat_replication on application_name = $1 and state = 'streaming'`;
