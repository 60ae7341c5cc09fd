import type { V1Node } from '@kubernetes/client-node';
import type { Clock } from '../../base/clock.ts';

/** How much of a zone is out of reach (kube-controller-manager, `ComputeZoneState`). */
export type ZoneState = 'normal' | 'partial' | 'full';

/** `--unhealthy-zone-threshold`. */
const unhealthyShare = 0.55;
/** `--large-cluster-size-threshold`. */
const largeZone = 50;
/** `--node-eviction-rate` and `--secondary-node-eviction-rate`, nodes a second. */
const rates = { usual: 0.1, reduced: 0.01 };

export function zoneState(ready: readonly boolean[]): ZoneState {
  const unready = ready.filter((one) => !one).length;
  if (unready > 0 && unready === ready.length) return 'full';
  return unready > 2 && unready / ready.length >= unhealthyShare ? 'partial' : 'normal';
}

/** How many nodes a second may be given up; a zone that is lost as a whole is evicted like a healthy one. */
export function evictionRate(state: ZoneState, size: number): number {
  if (state !== 'partial') return rates.usual;
  return size > largeZone ? rates.reduced : 0;
}

/** `region:zone`. */
export function zoneOf({ metadata }: V1Node): string {
  const { 'topology.kubernetes.io/region': region = '', 'topology.kubernetes.io/zone': zone = '' } =
    metadata?.labels ?? {};
  return `${region}:${zone}`;
}

export interface ZoneLimits {
  /** Which nodes are ready now. True when every zone is back from being out of reach as a whole. */
  update(nodes: readonly { readonly zone: string; readonly ready: boolean }[]): boolean;
  /** Every zone is out of reach: the fault is more likely on this side, and nothing is evicted. */
  readonly allDisrupted: boolean;
  /** Takes a turn to give a node up, or says in how many milliseconds there is one. */
  takeTurn(zone: string): number;
}

export function createZoneLimits(clock: Clock): ZoneLimits {
  const rateOf = new Map<string, number>();
  const nextTurnMs = new Map<string, number>();
  let allDisrupted = false;
  return {
    update: (nodes) => {
      const zones = Map.groupBy(nodes, ({ zone }) => zone);
      const states = new Map(
        [...zones].map(([zone, members]) => [zone, zoneState(members.map(({ ready }) => ready))]),
      );
      for (const [zone, state] of states) rateOf.set(zone, evictionRate(state, zones.get(zone)?.length ?? 0));
      const before = allDisrupted;
      allDisrupted = states.size > 0 && [...states.values()].every((state) => state === 'full');
      return before && !allDisrupted;
    },
    get allDisrupted() {
      return allDisrupted;
    },
    takeTurn: (zone) => {
      const rate = allDisrupted ? 0 : (rateOf.get(zone) ?? rates.usual);
      if (rate === 0) return Number.POSITIVE_INFINITY;
      const nowMs = clock.elapsedMs();
      const waitMs = (nextTurnMs.get(zone) ?? nowMs) - nowMs;
      if (waitMs > 0) return waitMs;
      nextTurnMs.set(zone, nowMs + 1000 / rate);
      return 0;
    },
  };
}
