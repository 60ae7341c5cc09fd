import type { Session } from './session.ts';

/** What a look at a standby saw, as `until` wants it. */
export type Seen = { readonly value: undefined } | { readonly seen: string };

export async function stateIs(session: Session, slot: string, wanted: 'streaming' | 'sync'): Promise<Seen> {
  const [row] = await session.query<{ state: string; sync_state: string }>(
    'select state, sync_state from pg_stat_replication where application_name = $1',
    [slot],
  );
  const reached = row?.state === 'streaming' && (wanted === 'streaming' || row.sync_state === 'sync');
  return reached ? { value: undefined } : { seen: row ? `${row.state}, ${row.sync_state}` : 'no connection' };
}

/** Looks whether the standby has flushed what the primary had, when this was called. */
export async function flushedAllUntilNow(session: Session, slot: string): Promise<() => Promise<Seen>> {
  const [now] = await session.query<{ lsn: string }>('select pg_current_wal_flush_lsn()::text as lsn');
  return async () => {
    const [row] = await session.query<{ reached: boolean; flushed: string }>(
      `select flush_lsn >= $2::pg_lsn as reached, flush_lsn::text as flushed
       from pg_stat_replication where application_name = $1`,
      [slot, now?.lsn],
    );
    return row?.reached ? { value: undefined } : { seen: row?.flushed ?? 'no connection' };
  };
}
