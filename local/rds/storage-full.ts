import { debuglog } from 'node:util';
import type { Clock } from '../base/clock.ts';
import { DatabasePlaneError } from './contract.ts';
import { phases } from './phases.ts';
import type { PostgresServer } from './server.ts';

/**
 * The server's file system has no room, and no WAL segment is left that the server had made ahead: it cannot go on.
 * By the time this returns it has found that out.
 */
export async function fillDisk(server: PostgresServer): Promise<void> {
  const { volume, address } = server;
  if (!volume) {
    throw new DatabasePlaneError(
      'InvalidState',
      `Cannot fill the disk of "${address}": expected a file system of its own, got a directory; mounting one needs CAP_SYS_ADMIN`,
    );
  }
  await volume.fill();
  try {
    await using session = await server.session(new AbortController().signal);
    while (volume.full) await session.query(nextSegment);
  } catch (error) {
    log('%s writes no more: %O', address, error);
  }
}

export async function freeDisk(server: PostgresServer): Promise<void> {
  await server.volume?.widen();
}

/** RDS User Guide, "Amazon RDS event categories and event messages": RDS-EVENT-0007 and RDS-EVENT-0221. */
export async function awaitRoom(
  server: PostgresServer | undefined,
  { clock, signal, full, event }: RoomOptions,
): Promise<void> {
  const hasRoom = async () => (await server?.volume?.hasRoom()) ?? true;
  if (await hasRoom()) return;
  full();
  event('Allocated storage has been exhausted. Allocate additional storage to resolve.', 'low storage');
  event(
    'DB instance has reached the storage-full threshold, and the database has been shut down. You can increase the allocated storage to address this issue.',
    'availability',
  );
  while (!(await hasRoom())) await clock.sleep(phases.healthInterval, signal);
}

export interface RoomOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** There is none: the instance waits for it. */
  full(): void;
  event(message: string, category: string): void;
}

/** A segment that nothing was written to since is not switched. */
const nextSegment = "select pg_logical_emit_message(false, 'stormproof', ''), pg_switch_wal()";
const log = debuglog('stormproof:rds');
