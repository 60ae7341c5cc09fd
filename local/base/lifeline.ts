import { spawn } from 'node:child_process';

/** Ends processes and directories of an owner that died without saying goodbye. */
export interface Lifeline extends AsyncDisposable {
  readonly pid: number | undefined;
  /**
   * Ends with the owner: the process and its group, by SIGKILL, or after a second of SIGQUIT: a postmaster killed at
   * once leaves its shared memory segment behind.
   */
  hold(pid: number, how?: 'kill' | 'quit-then-kill'): void;
  release(pid: number): void;
}

export interface LifelineOrder {
  readonly hold?: number;
  readonly quitFirst?: boolean;
  readonly release?: number;
  readonly goodbye?: true;
}

/**
 * A keeper process of its own session that learns of the owner's death by the end of a pipe, also after SIGKILL, and
 * then kills what is held and removes the directory.
 */
export function startLifeline({ directory }: { readonly directory: string }): Lifeline {
  const keeper = spawn(process.execPath, [new URL('./keeper.ts', import.meta.url).pathname, directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
  });
  keeper.unref();
  const tell = (order: LifelineOrder) => void keeper.stdin?.write(`${JSON.stringify(order)}\n`);
  return {
    pid: keeper.pid,
    hold: (pid, how = 'kill') => tell({ hold: pid, quitFirst: how === 'quit-then-kill' }),
    release: (pid) => tell({ release: pid }),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        keeper.once('exit', () => resolve());
        if (keeper.exitCode !== null) resolve();
        tell({ goodbye: true });
        keeper.stdin?.end();
      }),
  };
}
