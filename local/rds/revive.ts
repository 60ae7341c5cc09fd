import { debuglog } from 'node:util';
import type { PostgresServer } from './server.ts';

/** A server starts again on its own data, as after a host's recovery, which may be interrupted too; it takes writes then. */
export async function revive(server: PostgresServer, signal: AbortSignal): Promise<void> {
  for (let left = mostStarts; ; left--) {
    try {
      await server.powerOff();
      await server.start();
      return await server.answering(signal);
    } catch (error) {
      if (signal.aborted || left === 1) throw error;
      log('%s starts once more: %O', server.address, error);
    }
  }
}

const log = debuglog('stormproof:rds');
const mostStarts = 5;
