import { debuglog } from 'node:util';
import type { Clock } from '../base/clock.ts';
import { DatabasePlaneError } from './contract.ts';
import { phases } from './phases.ts';
import type { PostgresServer } from './server.ts';
import { until } from './until.ts';
import type { Volume } from './volume.ts';

/**
 * The server's file system has no room, and no WAL segment is left that the server had made ahead: it cannot go on. By
 * the time this returns it has ended, or was mended. A server that starts its processes again may find a page to write
 * its checkpoint to, and get room by the segments that it then removes: that room is taken too.
 */
export async function fillDisk(server: PostgresServer): Promise<void> {
  const { volume, address, pid } = server;
  if (!volume) {
    throw new DatabasePlaneError(
      'InvalidState',
      `Cannot fill the disk of "${address}": expected a file system of its own, got a directory; mounting one needs CAP_SYS_ADMIN`,
    );
  }
  let asked = false;
  const look = async () => {
    if (server.pid !== pid || (asked && !volume.full)) return { value: undefined };
    asked = true;
    await volume.fill();
    return { seen: await useUpSegments(server, volume) };
  };
  const { signal } = new AbortController();
  await until(look, { what: `"${address}" to end for want of room`, timeoutWallMs: patienceWallMs, signal });
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

/** Answers with what ended it. */
async function useUpSegments(server: PostgresServer, volume: Volume): Promise<string> {
  try {
    await using session = await server.session(new AbortController().signal);
    while (volume.full) await session.query(nextSegment);
    return 'room again';
  } catch (error) {
    log('%s writes no more: %O', server.address, error);
    return String(error);
  }
}

/** A segment that nothing was written to since is not switched. */
const nextSegment = "select pg_logical_emit_message(false, 'stormproof', ''), pg_switch_wal()";
/** A server ends within a tenth of a second; the rest is a machine that is busy. */
const patienceWallMs = 60_000;
const log = debuglog('stormproof:rds');
