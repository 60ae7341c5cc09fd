/** The runner owns signals: the first cancels and undoes, nothing exits before that (design §4). */
export interface Interrupt extends Disposable {
  readonly signal: AbortSignal;
  /** The signal's name once one came. */
  readonly received: () => NodeJS.Signals | undefined;
}

/** A signal came before there was a run to record it in: exit code 5. */
export class Interrupted extends Error {}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function listenForInterrupt(): Interrupt {
  const abort = new AbortController();
  let received: NodeJS.Signals | undefined;
  const stop = (name: NodeJS.Signals) => {
    if (received) {
      console.error(`${name}: already taking everything off, please wait`);
      return;
    }
    received = name;
    console.error(`${name}: taking everything off`);
    abort.abort(new Interrupted(`stopped by ${name}`));
  };
  for (const name of signals) process.on(name, stop);
  return {
    signal: abort.signal,
    received: () => received,
    [Symbol.dispose]: () => {
      for (const name of signals) process.off(name, stop);
    },
  };
}
