import type { Breakable, DatabaseFault } from '../base/plane-fault.ts';
import type { PostgresServer } from './server.ts';
import { fillDisk, freeDisk } from './storage-full.ts';

/** Breaks the server that is the primary at that moment; what becomes of it afterwards is the plane's to find out. */
export function createBreakage(find: (identifier: string) => HasPrimary): Breakable<DatabaseFault> {
  const broken = new Map<string, Broken>();
  return {
    break: async (id, { identifier, effect }) => {
      if (broken.has(id)) return;
      const act = acts[effect];
      if (!act)
        throw new TypeError(`Cannot break "${identifier}": expected ${Object.keys(acts).join(' or ')}`);
      const server = find(identifier).mustHaveRunningPrimary();
      // First: what was broken half must be found by `mend`.
      broken.set(id, { server, effect });
      await act.begin(server);
    },
    mend: async (id) => {
      const found = broken.get(id);
      broken.delete(id);
      if (!found) return;
      const held = [...broken.values()].some(
        ({ server, effect }) => server === found.server && effect === found.effect,
      );
      if (!held) await acts[found.effect].end?.(found.server);
    },
  };
}

/** An instance, or a cluster with its writer. */
interface HasPrimary {
  mustHaveRunningPrimary(): PostgresServer;
}

interface Broken {
  readonly server: PostgresServer;
  readonly effect: DatabaseFault['effect'];
}

interface Act {
  begin(server: PostgresServer): Promise<void>;
  /** Absent: it happens once. */
  end?(server: PostgresServer): Promise<void>;
}

const acts: Readonly<Record<DatabaseFault['effect'], Act>> = {
  'kill-primary': { begin: (server) => server.kill() },
  'freeze-primary': { begin: (server) => server.freeze(), end: (server) => server.thaw() },
  'fill-primary-disk': { begin: fillDisk, end: freeDisk },
};
