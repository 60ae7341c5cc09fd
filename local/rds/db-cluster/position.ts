import type { PostgresServer } from '../server.ts';
import { until } from '../until.ts';

/**
 * How far the WAL on a standby's disk goes, in bytes: nothing further was ever acknowledged by it. A standby that
 * restarted has forgotten what it received until it has replayed what lies on its disk; only then does it ask for more,
 * and `pg_last_wal_receive_lsn` is set (xlogrecovery.c, WaitForWALToBecomeAvailable).
 */
export async function walPosition(
  standby: PostgresServer,
  { timeoutWallMs, signal }: { timeoutWallMs: number; signal: AbortSignal },
): Promise<bigint> {
  await using session = await standby.session(AbortSignal.any([signal, AbortSignal.timeout(timeoutWallMs)]));
  const look = async (): Promise<{ value: bigint } | { seen: string }> => {
    const [row] = await session.query<{ position: string; settled: boolean }>(
      `select pg_wal_lsn_diff(greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), '0/0')::text as position,
         pg_last_wal_receive_lsn() is not null as settled`,
    );
    return row?.settled ? { value: BigInt(row.position) } : { seen: `position ${row?.position}, replaying` };
  };
  return await until(look, { what: `"${standby.address}" to have replayed its WAL`, timeoutWallMs, signal });
}
