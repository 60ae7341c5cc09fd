import type { Clock } from '../../base/clock.ts';
import { retryDelayMs } from './job-progress.ts';

/** How long a job waits after failures; each success begins anew. */
export interface JobBackoff {
  /** Stack milliseconds until `key` may be tried again, now that it has failed and succeeded so often. */
  waitMs(key: string, counts: { readonly failed: number; readonly succeeded: number }): number;
  forget(key: string): void;
}

interface Streak {
  failed: number;
  succeeded: number;
  length: number;
  atMs: number;
}

export function createJobBackoff(clock: Clock): JobBackoff {
  const streaks = new Map<string, Streak>();
  return {
    waitMs: (key, { failed, succeeded }) => {
      const streak = streaks.get(key) ?? { failed: 0, succeeded: 0, length: 0, atMs: 0 };
      streaks.set(key, streak);
      if (succeeded > streak.succeeded) streak.length = 0;
      if (failed > streak.failed) {
        streak.length += failed - streak.failed;
        streak.atMs = clock.elapsedMs();
      }
      Object.assign(streak, { failed, succeeded });
      return Math.max(0, streak.atMs + retryDelayMs(streak.length) - clock.elapsedMs());
    },
    forget: (key) => {
      for (const known of streaks.keys()) {
        if (known === key || known.startsWith(`${key}#`)) streaks.delete(known);
      }
    },
  };
}
