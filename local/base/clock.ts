import { setTimeout as wait } from 'node:timers/promises';

/**
 * The one clock of a stack. Durations run `speed` times faster than the wall; timestamps never do.
 * Every `…Ms` argument and result is in stack milliseconds unless its name says `wall` (design §4).
 */
export interface Clock {
  readonly speed: number;
  /** Real UTC. The only source of instants for AWS, Kubernetes, log, certificate and signature fields. */
  now(): Date;
  /** Stack milliseconds since the stack started. Monotonic within one process. */
  elapsedMs(): number;
  /** Rejects with the signal's reason when aborted; leaves no timer behind. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
  /** Calls `task` each `intervalMs`; a slow task delays the next call and never overlaps it. Stops on abort. */
  every(intervalMs: number, task: () => void | Promise<void>, signal: AbortSignal): void;
  /** Calls `task` once after `delayMs`, unless aborted first. */
  after(delayMs: number, task: () => void | Promise<void>, signal: AbortSignal): void;
  /** A stack duration as wall milliseconds. */
  toWallMs(durationMs: number): number;
  /** A wall duration as stack milliseconds. */
  toStackMs(wallMs: number): number;
  /** The bound of something that does real I/O: scaled, but never under one second of wall time. */
  ioTimeoutWallMs(timeoutMs: number): number;
}

/** `startedAtUnixMs` lets another process read the same elapsed time from a stack's descriptor. */
export function createClock({ speed, startedAtUnixMs }: { speed: number; startedAtUnixMs?: number }): Clock {
  if (!(speed > 0)) throw new RangeError(`Cannot create a clock: expected speed above 0, got ${speed}`);
  const offsetWallMs = startedAtUnixMs === undefined ? 0 : Date.now() - startedAtUnixMs;
  const startedAtWallMs = performance.now() - offsetWallMs;
  const clock: Clock = {
    speed,
    now: () => new Date(),
    elapsedMs: () => (performance.now() - startedAtWallMs) * speed,
    sleep: async (durationMs, signal) => {
      const untilMs = performance.now() + durationMs / speed;
      // Node's timers may fire up to a millisecond early, and a sleep must never be shorter than it says.
      do {
        await wait(Math.max(0, untilMs - performance.now()), undefined, { signal }).catch(
          (error: unknown) => {
            throw signal?.aborted ? signal.reason : error;
          },
        );
      } while (performance.now() < untilMs);
    },
    every: (intervalMs, task, signal) => void repeat(clock, intervalMs, task, signal),
    after: (delayMs, task, signal) => void runAfter(clock, delayMs, task, signal),
    toWallMs: (durationMs) => durationMs / speed,
    toStackMs: (wallMs) => wallMs * speed,
    ioTimeoutWallMs: (timeoutMs) => Math.max(1000, timeoutMs / speed),
  };
  return clock;
}

async function repeat(
  clock: Clock,
  intervalMs: number,
  task: () => void | Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  while (await slept(clock, intervalMs, signal)) await task();
}

async function runAfter(
  clock: Clock,
  delayMs: number,
  task: () => void | Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  if (await slept(clock, delayMs, signal)) await task();
}

async function slept(clock: Clock, durationMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(durationMs, signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
