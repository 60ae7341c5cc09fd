import { flushedAllUntilNow, stateIs } from './replication-state.ts';
import type { PostgresServer } from './server.ts';
import { until } from './until.ts';

export interface JoinPatience {
  readonly timeoutWallMs: number;
  /** Of that, the time for which commits may be held up. */
  readonly heldUpWallMs: number;
  readonly signal: AbortSignal;
}

/**
 * Returns when every commit that `primary` acknowledged, or ever will, is also on the standby's disk. Three steps:
 * commits are made to wait; CHECKPOINT returns after the checkpointer, which is the process that switches the
 * waiting on for all others (SyncRepUpdateSyncStandbysDefined), has read the new setting; then the standby must
 * have flushed all that was acknowledged before.
 */
export async function makeSynchronous(
  primary: PostgresServer,
  slot: string,
  { timeoutWallMs, heldUpWallMs, signal }: JoinPatience,
): Promise<void> {
  await using session = await primary.session(signal);
  const streams = { what: `"${slot}" to stream`, timeoutWallMs, signal };
  await until(() => stateIs(session, slot, 'streaming'), streams);
  const patience = { timeoutWallMs: heldUpWallMs, signal };
  await primary.configure({ synchronousStandby: slot });
  primary.reload();
  await until(() => stateIs(session, slot, 'sync'), { what: `"${slot}" to be synchronous`, ...patience });
  await session.query('checkpoint');
  await until(await flushedAllUntilNow(session, slot), { what: `"${slot}" to catch up`, ...patience });
}

/** Waits for a standby that commits do not wait for. */
export async function awaitStreaming(
  primary: PostgresServer,
  slot: string,
  { timeoutWallMs, signal }: JoinPatience,
): Promise<void> {
  await using session = await primary.session(signal);
  const look = () => stateIs(session, slot, 'streaming');
  await until(look, { what: `"${slot}" to stream`, timeoutWallMs, signal });
}

/** Commits wait no longer. Only for a standby that is no candidate for promotion any more. */
export async function makeAsynchronous(primary: PostgresServer): Promise<void> {
  await primary.configure({ synchronousStandby: undefined });
  primary.reload();
}

/** Cuts the standby off for good: it keeps what it has, and gets no more. */
export async function cutReplication(primary: PostgresServer, signal: AbortSignal): Promise<void> {
  await using session = await primary.session(signal);
  await primary.configure({ synchronousStandby: undefined, replication: false });
  primary.reload();
  const look = async () => {
    const rows = await session.query('select pg_terminate_backend(pid) from pg_stat_replication');
    return rows.length === 0 ? { value: undefined } : { seen: `${rows.length} standbys connected` };
  };
  await until(look, { what: 'no standby to be connected', timeoutWallMs: cutTimeoutWallMs, signal });
}

const cutTimeoutWallMs = 5000;
