import type { Breakable, TelemetryFault } from '../base/plane-fault.ts';

/** The way in of one signal; what is stored already is read past it. */
export interface Inlet<Batch extends readonly unknown[]> extends Breakable<TelemetryFault> {
  /** Stores, or keeps for as long as a backlog stands. */
  readonly add: (...batch: Batch) => void;
  readonly down: boolean;
}

export interface InletOptions<Batch extends readonly unknown[]> {
  readonly store: (...batch: Batch) => void;
  /** Brings what listens into line with `down`. */
  readonly listen?: (down: boolean) => Promise<void>;
}

/** Several faults stand at once: it is up, and the backlog is there to read, when the last of its kind is mended. */
export function createInlet<Batch extends readonly unknown[]>(options: InletOptions<Batch>): Inlet<Batch> {
  const { store, listen = async () => undefined } = options;
  const broken = new Map<string, TelemetryFault['effect']>();
  const backlog: Batch[] = [];
  const isBroken = (effect: TelemetryFault['effect']): boolean => [...broken.values()].includes(effect);
  let turn: Promise<void> = Promise.resolve();
  const settle = (): Promise<void> => {
    if (!isBroken('backlog')) for (const batch of backlog.splice(0)) store(...batch);
    // One after the other: a listener that is closing cannot open.
    const settled = turn.then(() => listen(isBroken('down')));
    turn = settled.catch(() => undefined);
    return settled;
  };
  return {
    add: (...batch) => {
      if (isBroken('backlog')) backlog.push(batch);
      else store(...batch);
    },
    get down() {
      return isBroken('down');
    },
    break: async (id, { effect }) => {
      if (effect !== 'down' && effect !== 'backlog')
        throw new RangeError(
          `Cannot break telemetry: expected down or backlog, got ${JSON.stringify(effect)}`,
        );
      if (!broken.has(id)) broken.set(id, effect);
      await settle();
    },
    mend: async (id) => {
      broken.delete(id);
      await settle();
    },
  };
}
