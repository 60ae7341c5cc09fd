import type { Clock } from '../base/clock.ts';

/**
 * How long something has been as it is, in stack time. API timestamps cannot tell: they are real UTC in whole
 * seconds, which at speed 10 is an error of ten (design §4).
 */
export interface Stopwatches {
  /** Stack milliseconds since `key` was first seen in `state`. */
  sinceMs(key: string, state: string): number;
  forget(key: string): void;
}

export function createStopwatches(clock: Clock): Stopwatches {
  const started = new Map<string, { state: string; atMs: number }>();
  return {
    sinceMs: (key, state) => {
      const known = started.get(key);
      if (known?.state === state) return clock.elapsedMs() - known.atMs;
      started.set(key, { state, atMs: clock.elapsedMs() });
      return 0;
    },
    forget: (key) => void started.delete(key),
  };
}
