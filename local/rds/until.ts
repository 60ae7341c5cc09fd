import { setTimeout as wait } from 'node:timers/promises';

export interface UntilOptions {
  /** What is waited for, as it follows "Expected …". */
  readonly what: string;
  readonly timeoutWallMs: number;
  readonly signal: AbortSignal;
  /** From one look to the next. */
  readonly pollWallMs?: number;
}

/**
 * Looks again every few wall milliseconds: this waits for another process, not for a stack duration.
 * `look` answers with the value waited for, or with what it saw instead.
 */
export async function until<T>(
  look: () => Promise<{ readonly value: T } | { readonly seen: string }>,
  { what, timeoutWallMs, signal, pollWallMs = 15 }: UntilOptions,
): Promise<T> {
  const deadline = performance.now() + timeoutWallMs;
  for (;;) {
    signal.throwIfAborted();
    const result = await look();
    if ('value' in result) return result.value;
    if (performance.now() > deadline) {
      throw new Error(`Expected ${what} within ${timeoutWallMs} ms: last seen ${result.seen}`);
    }
    await wait(pollWallMs, undefined, { signal });
  }
}
