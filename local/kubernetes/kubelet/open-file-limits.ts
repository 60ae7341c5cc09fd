import type { ControlGroup } from './control-group.ts';
import { limitOpenFiles, restoreOpenFiles } from './open-files.ts';
import { processesOf } from './process-table.ts';

/** Who holds the open files of which containers down; the last one to let go restores what was. */
export interface OpenFileLimits {
  limit(by: string, group: ControlGroup): Promise<void>;
  restore(by: string, group: ControlGroup): Promise<void>;
}

interface Held {
  readonly by: Set<string>;
  /** Former soft limit of each process. */
  readonly former: Map<number, string>;
}

export function createOpenFileLimits(): OpenFileLimits {
  const all = new WeakMap<ControlGroup, Held>();
  return {
    limit: async (by, group) => {
      const held = all.get(group) ?? { by: new Set(), former: new Map() };
      all.set(group, held);
      held.by.add(by);
      for (const { pid, state } of processesOf(group.leaders)) {
        if (held.former.has(pid) || state === 'Z') continue;
        const former = await limitOpenFiles(pid);
        if (former !== undefined) held.former.set(pid, former);
      }
    },
    restore: async (by, group) => {
      const held = all.get(group);
      if (!held?.by.delete(by) || held.by.size > 0) return;
      all.delete(group);
      const alive = new Set(processesOf(group.leaders).map(({ pid }) => pid));
      const [any] = held.former.values();
      // Children that were forked meanwhile have their parent's limit.
      for (const pid of alive) {
        const former = held.former.get(pid) ?? any;
        if (former !== undefined) await restoreOpenFiles(pid, former);
      }
    },
  };
}
