import type { Clock } from '../base/clock.ts';
import type { Candidate } from './cluster.ts';
import { phases } from './phases.ts';
import type { Transitions } from './transitions.ts';

export interface UpkeepOptions {
  readonly clock: Clock;
  readonly transitions: Transitions;
  readonly signal: AbortSignal;
  readonly cluster: {
    readonly candidate: Candidate | undefined;
    readonly primary: { readonly pid: number | undefined } | undefined;
    addStandby(signal: AbortSignal): Promise<void>;
  };
  /** Whether the instance is one that should have a standby. */
  wanted(): boolean;
  /** Not while it is on its way somewhere: it asks again when it has arrived. */
  mayRebuild(): boolean;
  changed(): void;
  log(error: unknown): void;
}

/** Sees to it that an instance has the standby that it should have. */
export interface StandbyUpkeep {
  /** Makes the one that is missing; true unless it still is. */
  add(): Promise<boolean>;
  /** In its turn, and again when it does not succeed: the instance serves meanwhile. */
  rebuildAfter(delayMs: number): void;
  /** What is being made is given up. */
  interrupt(reason: Error): void;
}

export function createStandbyUpkeep(options: UpkeepOptions): StandbyUpkeep {
  const { clock, transitions, cluster, signal } = options;
  let join: AbortController | undefined;
  const add = async (): Promise<boolean> => {
    if (!options.wanted() || cluster.candidate) return true;
    if (cluster.primary?.pid === undefined) return false;
    join = new AbortController();
    try {
      await cluster.addStandby(AbortSignal.any([signal, join.signal]));
      options.changed();
      return true;
    } catch (error) {
      if (signal.aborted) throw error;
      options.log(error);
      return false;
    } finally {
      join = undefined;
    }
  };
  const rebuildAfter = (delayMs: number): void =>
    clock.after(delayMs, () => transitions.queue(rebuild), signal);
  const rebuild = async (): Promise<void> => {
    if (options.mayRebuild() && !(await add())) rebuildAfter(phases.beforeRetry);
  };
  return { add, rebuildAfter, interrupt: (reason) => join?.abort(reason) };
}
