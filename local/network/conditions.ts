import type { Hop, NetworkFault } from '../base/plane-fault.ts';

/** What all the faults of one place together do to the connections there. */
export interface Conditions {
  /** From the client to the server. */
  readonly toServer: Passage;
  readonly toClient: Passage;
  /** A connection attempt is never answered. */
  readonly unanswered: boolean;
  readonly refused: boolean;
  /** A connection that was accepted is not taken any further. */
  readonly silent: boolean;
  readonly reset: boolean;
}

/** How one direction of a connection passes. */
export interface Passage {
  /** Nothing passes. */
  readonly held: boolean;
  readonly delays: readonly Delay[];
  readonly bytesPerWallSecond: number;
}

export interface Delay {
  readonly latencyWallMs: number;
  readonly jitterWallMs: number;
}

/** The faults that meet a hop's connections to any of these addresses. Several at once add up; the slowest rate rules. */
export function conditionsOf(
  faults: Iterable<NetworkFault>,
  { hop, addresses }: { readonly hop: Hop; readonly addresses: readonly string[] },
): Conditions {
  const effects = [...faults]
    .filter((fault) => fault.hop === hop && meets(fault, addresses))
    .map(({ effect }) => effect);
  const has = (kind: NetworkFault['effect']['kind']) => effects.some((effect) => effect.kind === kind);
  const delays = effects.flatMap((effect) => (effect.kind === 'latency' ? [effect] : []));
  const bytesPerWallSecond = Math.min(
    ...effects.map((effect) => (effect.kind === 'bandwidth' ? effect.bytesPerWallSecond : Infinity)),
  );
  const silent = has('cut') || has('hang');
  return {
    toServer: { held: silent, delays, bytesPerWallSecond },
    toClient: { held: silent || has('half-open'), delays, bytesPerWallSecond },
    unanswered: has('cut'),
    refused: has('refuse'),
    silent,
    reset: has('reset'),
  };
}

function meets({ addresses }: NetworkFault, destinations: readonly string[]): boolean {
  return !addresses || destinations.some((address) => addresses.includes(address));
}
