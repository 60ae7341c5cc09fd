import type { Clock } from '../base/clock.ts';
import type { Endpoint } from '../base/network.ts';
import type { Random } from '../base/random.ts';
import type { AddressPool } from './address-pool.ts';
import type { Conditions } from './conditions.ts';
import { createGate, type Gate } from './gate.ts';

export interface ProxiesOptions {
  readonly conditions: (address: string) => () => Conditions;
  /** Whether new connections still go through. */
  readonly wanted: () => boolean;
  readonly addresses: AddressPool;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** The gates that stand in the way of one hop, one a destination. */
export interface Proxies {
  /** Where the destination's gate listens; it is made when there is none. */
  gateTo(destination: Endpoint): Endpoint;
  /** Conditions changed, or gates are not wanted any more. */
  changed(): void;
  destroy(): Promise<void>;
}

/** A gate outlives its last connection, so that whoever was sent here a moment ago finds it. */
const lingerWallMs = 1000;

export function createProxies(options: ProxiesOptions): Proxies {
  const { conditions, wanted, addresses, clock, random, signal } = options;
  const gates = new Map<string, { readonly gate: Gate; readonly listen: Endpoint }>();

  function open(key: string, target: Endpoint): Endpoint {
    // The same port on an address of its own is known before anybody listens there: `route` need not wait.
    const listen = { host: addresses.take(), port: target.port };
    const gate = createGate({
      listen,
      target,
      conditions: conditions(target.host),
      clock,
      random,
      onEmpty: () => linger(key),
    });
    gates.set(key, { gate, listen });
    // Whoever dials finds nobody there, as its error says; nobody awaits this.
    gate.open().catch(() => remove(key));
    return listen;
  }

  function linger(key: string): void {
    if (wanted()) return;
    clock.after(clock.toStackMs(lingerWallMs), () => closeUnused(key), signal);
  }

  async function closeUnused(key: string): Promise<void> {
    if (!wanted() && gates.get(key)?.gate.size() === 0) await remove(key);
  }

  async function remove(key: string): Promise<void> {
    const entry = gates.get(key);
    if (!entry) return;
    gates.delete(key);
    await entry.gate.destroy();
    addresses.give(entry.listen.host);
  }

  return {
    gateTo: (destination) => {
      const key = `${destination.host}:${destination.port}`;
      return gates.get(key)?.listen ?? open(key, { host: destination.host, port: destination.port });
    },
    changed: () => {
      for (const [key, { gate }] of gates) {
        gate.changed();
        if (gate.size() === 0) linger(key);
      }
    },
    destroy: async () => {
      await Promise.all([...gates.keys()].map(remove));
    },
  };
}
