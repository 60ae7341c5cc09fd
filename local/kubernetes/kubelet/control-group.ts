import type { Clock } from '../../base/clock.ts';
import { processesOf } from './process-table.ts';
import { sendSignal } from './send-signal.ts';

/**
 * The processes of one run of a container, as its cgroup holds them: the first one's session and what was started
 * beside it. Signals to one that has ended do nothing.
 */
export interface ControlGroup {
  /** The first process, then those beside it; each leads a session of its own. */
  readonly leaders: readonly number[];
  /** A process that was started beside the first one belongs to the container from now on. */
  adopt(pid: number): void;
  leave(pid: number): void;
  signal(name: NodeJS.Signals): void;
  /** Stops every process, and those that are adopted later; resolves when they stand still. */
  freeze(by: string): Promise<void>;
  /** Lets them go on, unless somebody else froze them too. */
  thaw(by: string): void;
  /** The first process has ended, and all others with it (pid_namespaces(7)). */
  end(): void;
}

/** How long a signal may take until it is looked for again. */
const lookAgainWallMs = 5;

export function createControlGroup(first: number, clock: Clock): ControlGroup {
  const leaders = new Set([first]);
  const frozenBy = new Set<string>();
  let ended = false;
  const signalAll = (name: NodeJS.Signals): void => {
    if (ended) return;
    for (const pid of leaders) sendSignal(-pid, name);
    for (const { pid, session } of processesOf([...leaders])) {
      if (!leaders.has(session)) sendSignal(pid, name);
    }
  };
  const running = (): boolean => processesOf([...leaders]).some(({ state }) => !'TtZX'.includes(state));
  return {
    get leaders() {
      return [...leaders];
    },
    adopt: (pid) => {
      leaders.add(pid);
      if (ended) sendSignal(-pid, 'SIGKILL');
      else if (frozenBy.size > 0) sendSignal(-pid, 'SIGSTOP');
    },
    leave: (pid) => void leaders.delete(pid),
    signal: signalAll,
    freeze: async (by) => {
      frozenBy.add(by);
      // Again, until none is left that was forked between the look and the signal.
      while (!ended && frozenBy.has(by) && running()) {
        signalAll('SIGSTOP');
        await clock.sleep(clock.toStackMs(lookAgainWallMs));
      }
    },
    thaw: (by) => {
      if (frozenBy.delete(by) && frozenBy.size === 0) signalAll('SIGCONT');
    },
    end: () => {
      if (ended) return;
      signalAll('SIGKILL');
      ended = true;
    },
  };
}
