import type { Clock } from '../../local/base/clock.ts';

export interface UntilOptions<T> {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** For the error: "Expected <what> within …". */
  readonly what: string;
  /** Stack seconds. */
  readonly withinSeconds: number;
  readonly look: () => Promise<T>;
  readonly done: (seen: T) => boolean;
}

/** Looks again until it is done. The error tells what was seen last. */
export async function until<T>({
  clock,
  signal,
  what,
  withinSeconds,
  look,
  done,
}: UntilOptions<T>): Promise<T> {
  const end = clock.elapsedMs() + withinSeconds * 1000;
  for (;;) {
    signal.throwIfAborted();
    const seen = await look();
    if (done(seen)) return seen;
    if (clock.elapsedMs() > end)
      throw new Error(`Expected ${what} within ${withinSeconds} s: last seen ${JSON.stringify(seen)}`);
    await clock.sleep(pollMs(clock), signal);
  }
}

/** AWS throttles describe calls to a few a second an account; an emulator does not. */
function pollMs({ speed }: Clock): number {
  return speed > 1 ? 500 : 3000;
}
