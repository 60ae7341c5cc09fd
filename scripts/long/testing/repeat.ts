import { setTimeout as wait } from 'node:timers/promises';

export interface Repeated {
  /** Numbers of the calls that succeeded, and of those that failed, so far. */
  readonly done: readonly number[];
  readonly failed: readonly number[];
  /** Awaits the one under way. */
  stop(): Promise<void>;
}

/** Calls again and again, one after the other, as a script's loop around a program does. */
export function repeat(call: (number: number) => Promise<unknown>): Repeated {
  const done: number[] = [];
  const failed: number[] = [];
  const stopping = new AbortController();
  const running = (async () => {
    for (let number = 1; !stopping.signal.aborted; number++) {
      const succeeded = await call(number).then(
        () => true,
        () => false,
      );
      (succeeded ? done : failed).push(number);
      if (!succeeded) await wait(pauseMs);
    }
  })();
  return {
    done,
    failed,
    stop: () => {
      stopping.abort();
      return running;
    },
  };
}

/** A program that fails at once is not to fill the machine with its starts. */
const pauseMs = 100;
