import type { Clock } from '../base/clock.ts';
import type { Network } from '../base/network.ts';
import type { Hop } from '../base/plane-fault.ts';

export interface Reroutes {
  readonly add: Network['onReroute'];
  /** Resolves when every connection of the hop was made since the hop was last forgotten. */
  reroute(hop: Hop): Promise<void>;
  forget(hop: Hop): void;
}

/** How long a request under way may take to finish where it is. */
const patienceWallMs = 3000;
/** And new connections to be made, which may never be answered. */
const longestWallMs = 4000;

export function createReroutes(clock: Clock, signal: AbortSignal): Reroutes {
  const retirers = new Map<object, { readonly hop: Hop; retire: (late: AbortSignal) => Promise<void> }>();
  const rerouted = new Map<Hop, Promise<void>>();

  async function retireAll(hop: Hop): Promise<void> {
    const late = AbortSignal.any([signal, AbortSignal.timeout(patienceWallMs)]);
    const those = [...retirers.values()].filter((one) => one.hop === hop);
    const done = new AbortController();
    const longest = clock
      .sleep(clock.toStackMs(longestWallMs), AbortSignal.any([signal, done.signal]))
      .catch(() => signal.throwIfAborted());
    await Promise.race([Promise.all(those.map(({ retire }) => retire(late))), longest]);
    done.abort();
  }

  return {
    add: (hop, retire) => {
      const key = {};
      retirers.set(key, { hop, retire });
      return { [Symbol.dispose]: () => void retirers.delete(key) };
    },
    reroute: (hop) => {
      const known = rerouted.get(hop);
      if (known) return known;
      const done = retireAll(hop);
      rerouted.set(hop, done);
      return done;
    },
    forget: (hop) => void rerouted.delete(hop),
  };
}
