/** The runner owns signals: the first cancels and undoes, nothing exits before that (design §4). */
export interface Interrupt extends Disposable {
  readonly signal: AbortSignal;
  /** The signal's name once one came, or why the run was told to stop. */
  readonly received: () => string | undefined;
  /** As a signal does it, for a reason of the run's own: a stop condition, `stormproof stop`. */
  stop(reason: string): void;
}

/** A signal came before there was a run to record it in: exit code 5. */
export class Interrupted extends Error {}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function listenForInterrupt(): Interrupt {
  const abort = new AbortController();
  let received: string | undefined;
  const stop = (reason: string) => {
    if (received) {
      console.error(`${reason}: already taking everything off, please wait`);
      return;
    }
    received = reason;
    console.error(`${reason}: taking everything off`);
    abort.abort(new Interrupted(`stopped by ${reason}`));
  };
  for (const name of signals) process.on(name, stop);
  return {
    signal: abort.signal,
    received: () => received,
    stop,
    [Symbol.dispose]: () => {
      for (const name of signals) process.off(name, stop);
    },
  };
}
