import type { PostgresServer } from '../server.ts';

/** From now on the server keeps the WAL that a standby of this name needs. A standby may keep some for another, too. */
export async function reserveWal(server: PostgresServer, slot: string, signal: AbortSignal): Promise<void> {
  await using session = await server.session(signal);
  await session.query(
    `select pg_create_physical_replication_slot($1::name, true)
     where not exists (select from pg_replication_slots where slot_name = $1::name)`,
    [slot],
  );
}

/** What nobody follows by would keep WAL for ever. */
export async function dropUnusedSlots(server: PostgresServer, signal: AbortSignal): Promise<void> {
  await using session = await server.session(signal);
  await session.query(
    'select pg_drop_replication_slot(slot_name) from pg_replication_slots where not active',
  );
}
