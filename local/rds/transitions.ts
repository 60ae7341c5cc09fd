/** What changes an instance, one after the other: what comes in the middle of a change waits for its end. */
export interface Transitions {
  /** Queues a change whose failure is the instance's own. */
  queue(transition: () => Promise<void>): void;
  /** Queues work whose outcome, also a bad one, is the caller's. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** When nothing is queued any more. */
  settled(): Promise<void>;
}

/** After `signal` nothing more is begun, and no failure is told. */
export function createTransitions(signal: AbortSignal, onFailure: (error: unknown) => void): Transitions {
  let last: Promise<void> = Promise.resolve();
  return {
    queue: (transition) => {
      last = last.then(async () => {
        try {
          if (!signal.aborted) await transition();
        } catch (error) {
          if (!signal.aborted) onFailure(error);
        }
      });
    },
    run: (work) => {
      const result = last.then(() => {
        signal.throwIfAborted();
        return work();
      });
      last = result.then(
        () => undefined,
        () => undefined,
      );
      return result;
    },
    settled: () => last,
  };
}
