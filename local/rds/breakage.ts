import type { Breakable, DatabaseFault } from '../base/plane-fault.ts';
import type { PostgresServer } from './server.ts';

/** Breaks the server that is the primary at that moment; what becomes of it afterwards is the plane's to find out. */
export function createBreakage(find: (identifier: string) => HasPrimary): Breakable<DatabaseFault> {
  const broken = new Map<string, { readonly server: PostgresServer; readonly frozen: boolean }>();
  return {
    break: async (id, { identifier, effect }) => {
      if (broken.has(id)) return;
      const act = acts[effect];
      if (!act)
        throw new TypeError(`Cannot break "${identifier}": expected ${Object.keys(acts).join(' or ')}`);
      const server = find(identifier).mustHaveRunningPrimary();
      // First: what was broken half must be found by `mend`.
      broken.set(id, { server, frozen: effect === 'freeze-primary' });
      await act(server);
    },
    mend: async (id) => {
      const found = broken.get(id);
      broken.delete(id);
      if (!found?.frozen) return;
      const held = [...broken.values()].some(({ server, frozen }) => frozen && server === found.server);
      if (!held) await found.server.thaw();
    },
  };
}

/** An instance, or a cluster with its writer. */
interface HasPrimary {
  mustHaveRunningPrimary(): PostgresServer;
}

const acts: Readonly<Record<DatabaseFault['effect'], (server: PostgresServer) => Promise<void>>> = {
  'kill-primary': (server) => server.kill(),
  'freeze-primary': (server) => server.freeze(),
};
