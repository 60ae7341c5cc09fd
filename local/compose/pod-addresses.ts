import type { LoopbackBlock } from '../base/loopback.ts';
import { addressGroups } from '../base/loopback.ts';

export interface PodAddresses {
  readonly allocate: (zone: string) => string;
  readonly release: (address: string) => void;
}

const groups: Record<string, number> = {
  a: addressGroups.podZoneA,
  b: addressGroups.podZoneB,
  c: addressGroups.podZoneC,
};

/**
 * The pod network, one group a zone. The address that was free the longest is given next, so that a target group does
 * not take a new pod for the one that just left.
 */
export function createPodAddresses(block: LoopbackBlock): PodAddresses {
  const free = new Map<number, string[]>();
  const hosts = (group: number) => Array.from({ length: 254 }, (_, index) => block.at(group, index + 1));
  return {
    allocate: (zone) => {
      const group = groups[zone.slice(-1)];
      if (group === undefined) throw new RangeError(`Cannot place a pod: unknown zone "${zone}"`);
      const list = free.get(group) ?? hosts(group);
      free.set(group, list);
      const address = list.shift();
      if (!address) throw new RangeError(`Cannot place a pod: zone "${zone}" has no free address`);
      return address;
    },
    release: (address) => {
      const group = Number(address.split('.')[2]);
      free.get(group)?.push(address);
    },
  };
}

/** The zone that a pod's address lies in, by its third byte. */
export function zoneOfPod(address: string, region: string): string | undefined {
  const group = Number(address.split('.')[2]);
  const letter = Object.entries(groups).find(([, number]) => number === group)?.[0];
  return letter && `${region}${letter}`;
}
