import type { Random } from '../base/random.ts';
import type { Passage } from './conditions.ts';

/** When what goes over a line arrives at its other end; all times are wall milliseconds of one monotonic clock. */
export interface Timetable {
  /** The arrival of the next so many bytes, never before an earlier one's. */
  next(bytes: number, nowMs: number): number;
  /** The line changed: no more than this is left to go for something that was to arrive at `dueMs`. Called for each, in order. */
  again(bytes: number, dueMs: number, nowMs: number): number;
  /** Forgets how long the line is taken. */
  clear(): void;
  /** For how long what was sent keeps the line. */
  backlogMs(nowMs: number): number;
}

export function createTimetable(passage: () => Passage, random: Random): Timetable {
  let freeMs = 0;
  let lastMs = 0;
  const leave = (bytes: number, nowMs: number): number => {
    freeMs = Math.max(freeMs, nowMs) + (bytes / passage().bytesPerWallSecond) * 1000;
    return freeMs;
  };
  const arrive = (dueMs: number): number => {
    lastMs = Math.max(lastMs, dueMs);
    return lastMs;
  };
  return {
    next: (bytes, nowMs) => arrive(leave(bytes, nowMs) + delayMs(passage(), random)),
    again: (bytes, dueMs, nowMs) => {
      const longest = leave(bytes, nowMs) + longestDelayMs(passage());
      return arrive(Math.min(dueMs, longest));
    },
    clear: () => {
      freeMs = 0;
      lastMs = 0;
    },
    backlogMs: (nowMs) => Math.max(0, freeMs - nowMs),
  };
}

function delayMs({ delays }: Passage, random: Random): number {
  let sum = 0;
  for (const { latencyWallMs, jitterWallMs } of delays)
    sum += Math.max(0, latencyWallMs + jitterWallMs * (2 * random.next() - 1));
  return sum;
}

function longestDelayMs({ delays }: Passage): number {
  return delays.reduce((sum, { latencyWallMs, jitterWallMs }) => sum + latencyWallMs + jitterWallMs, 0);
}
