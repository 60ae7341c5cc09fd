import type { BackupOptions } from './base-backup.ts';
import { copyRunning } from './base-backup.ts';
import type { PostgresServer } from './server.ts';
import { writePrivateFile } from './service-account.ts';

/** Fills `standby.dataDirectory` from the running `primary`. The slot comes first, so that the primary keeps all WAL from the backup's start on. */
export async function replicate(
  { primary, standby, slot }: { primary: PostgresServer; standby: PostgresServer; slot: string },
  { keep = [], ...options }: ReplicateOptions,
): Promise<void> {
  await using session = await primary.session(options.signal);
  await session.query(
    `select pg_drop_replication_slot(slot_name) from pg_replication_slots
     where not active and slot_name <> all($1)`,
    [keep],
  );
  await session.query('select pg_create_physical_replication_slot($1, true)', [slot]);
  await copyRunning({ server: primary, session }, { label: slot, to: standby.dataDirectory }, options);
  await writePrivateFile(`${standby.dataDirectory}/standby.signal`, '', options.account);
}

interface ReplicateOptions extends BackupOptions {
  /** Slots of standbys that live, though they may not be connected just now. */
  readonly keep?: readonly string[];
}
