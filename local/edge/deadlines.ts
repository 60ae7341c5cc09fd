import type { Clock } from '../base/clock.ts';

/** Many running time limits for the price of one timer. All times are wall milliseconds. */
export interface Deadlines {
  watch(limitWallMs: number, onExpired: () => void): Deadline;
}

export interface Deadline {
  /** Something happened: the limit begins anew. Also ends a suspension. */
  touch(): void;
  /** Whose turn it is now is not the watched one. */
  suspend(): void;
  cancel(): void;
}

/** Looks every 50 ms of wall time, so that a limit is exceeded by no more than that. */
export function createDeadlines(clock: Clock, signal: AbortSignal): Deadlines {
  const watched = new Set<Watched>();
  clock.every(clock.toStackMs(50), () => expire(watched), signal);
  return {
    watch: (limitWallMs, onExpired) => {
      const entry: Watched = { limitWallMs, onExpired, sinceWallMs: performance.now() };
      watched.add(entry);
      return {
        touch: () => {
          entry.sinceWallMs = performance.now();
        },
        suspend: () => {
          entry.sinceWallMs = Number.POSITIVE_INFINITY;
        },
        cancel: () => {
          watched.delete(entry);
        },
      };
    },
  };
}

interface Watched {
  readonly limitWallMs: number;
  readonly onExpired: () => void;
  sinceWallMs: number;
}

function expire(watched: Set<Watched>): void {
  const now = performance.now();
  for (const entry of watched) {
    if (now - entry.sinceWallMs < entry.limitWallMs) continue;
    watched.delete(entry);
    entry.onExpired();
  }
}
