export type Progress = (event: StepEvent) => void;

export interface StepEvent {
  readonly step: string;
  readonly state: 'begun' | 'done' | 'failed';
  /** Wall milliseconds since the step began; 0 for `begun`. */
  readonly wallMs: number;
  readonly error?: unknown;
}

type Needs = Readonly<Record<string, Promise<unknown>>>;
type Resolved<N extends Needs> = { readonly [K in keyof N]: Awaited<N[K]> };

/** A graph of steps: what a step needs are the promises of others, so that its order is in its types. */
export interface Steps {
  /** Runs as soon as what it needs is there. Its promise may be left alone: `finish` awaits it. */
  step<T, N extends Needs>(
    name: string,
    needs: N,
    run: (needed: Resolved<N>, signal: AbortSignal) => Promise<T>,
  ): Promise<T>;
  /** When every step has settled; throws the first failure, which cancelled the rest. */
  finish(): Promise<void>;
}

export function createSteps(signal: AbortSignal, onProgress: Progress = () => undefined): Steps {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const all: Promise<unknown>[] = [];
  return {
    step: (name, needs, run) => {
      const outcome = resolveAll(needs).then((needed) =>
        observe(name, () => run(needed, either), either, onProgress),
      );
      outcome.catch((error: unknown) => failed.abort(error));
      all.push(outcome);
      return outcome;
    },
    finish: async () => {
      await Promise.allSettled(all);
      signal.throwIfAborted();
      failed.signal.throwIfAborted();
    },
  };
}

async function resolveAll<N extends Needs>(needs: N): Promise<Resolved<N>> {
  const entries = Object.entries(needs).map(async ([name, value]) => [name, await value] as const);
  return Object.fromEntries(await Promise.all(entries)) as Resolved<N>;
}

async function observe<T>(
  step: string,
  run: () => Promise<T>,
  signal: AbortSignal,
  tell: Progress,
): Promise<T> {
  signal.throwIfAborted();
  const start = performance.now();
  tell({ step, state: 'begun', wallMs: 0 });
  try {
    const made = await run();
    tell({ step, state: 'done', wallMs: performance.now() - start });
    return made;
  } catch (error) {
    tell({ step, state: 'failed', wallMs: performance.now() - start, error });
    throw error;
  }
}
