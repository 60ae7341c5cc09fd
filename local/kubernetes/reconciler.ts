import { debuglog } from 'node:util';
import type { Clock } from '../base/clock.ts';
import { StatusError } from './api.ts';

/** A work queue: one key is never worked on twice at a time, and what changed meanwhile is worked on again. */
export interface Reconciler {
  enqueue(key: string): void;
  enqueueAfter(key: string, delayMs: number): void;
}

export interface ReconcilerOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  reconcile(key: string): Promise<void>;
}

const debug = debuglog('stormproof:kubernetes');
/** client-go's DefaultTypedItemBasedRateLimiter: 5 ms doubling to 1000 s. */
const firstRetryMs = 5;
const longestRetryMs = 1_000_000;

export function createReconciler({ name, clock, signal, reconcile }: ReconcilerOptions): Reconciler {
  const dirty = new Set<string>();
  const running = new Set<string>();
  const failures = new Map<string, number>();

  const enqueue = (key: string): void => {
    if (signal.aborted) return;
    dirty.add(key);
    if (!running.has(key)) void run(key);
  };
  const run = async (key: string): Promise<void> => {
    running.add(key);
    // Lets the events of one burst arrive before the work begins.
    await Promise.resolve();
    while (dirty.delete(key) && !signal.aborted) await attempt(key);
    running.delete(key);
  };
  const attempt = async (key: string): Promise<void> => {
    try {
      await reconcile(key);
      failures.delete(key);
    } catch (error) {
      if (signal.aborted) return;
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      if (!isConflict(error)) debug('%s %s: %s', name, key, error);
      enqueueAfter(key, Math.min(longestRetryMs, firstRetryMs * 2 ** count));
    }
  };
  const enqueueAfter = (key: string, delayMs: number): void =>
    clock.after(delayMs, () => enqueue(key), signal);
  return { enqueue, enqueueAfter };
}

function isConflict(error: unknown): boolean {
  return error instanceof StatusError && error.status === 409;
}
