import type { Relay } from '../base/network.ts';
import { createGate, type GateOptions } from './gate.ts';

export interface StandingRelay extends Relay {
  /** Resolves when it listens, or does not, as the conditions want it. */
  changed(): Promise<void>;
  /** Ends everything at once, whatever is broken. */
  destroy(): Promise<void>;
}

/** It listens while its server is up and no fault refuses. */
export function createRelay(options: GateOptions): StandingRelay {
  const gate = createGate(options);
  let up = false;
  let settled = Promise.resolve();
  /** One after the other: the gate is never opened while it closes. */
  function settle(): Promise<void> {
    const listen = () => (up && !options.conditions().refused ? gate.open() : gate.close());
    settled = settled.then(listen, listen);
    return settled;
  }
  async function down(): Promise<void> {
    up = false;
    gate.breakOff();
    await settle();
    // Whoever was accepted in the meantime.
    gate.breakOff();
  }
  return {
    up: () => {
      up = true;
      return settle();
    },
    down,
    changed: () => {
      gate.changed();
      return settle();
    },
    destroy: async () => {
      up = false;
      await settle();
      await gate.destroy();
    },
    [Symbol.asyncDispose]: down,
  };
}
