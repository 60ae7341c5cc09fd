import type { Clock } from '../base/clock.ts';
import type { Dial, Network } from '../base/network.ts';
import { type Breakable, type Hop, hops, type NetworkFault } from '../base/plane-fault.ts';
import type { Random } from '../base/random.ts';
import { createAddressPool } from './address-pool.ts';
import { type BlackHole, openBlackHole } from './black-hole.ts';
import { type Conditions, conditionsOf } from './conditions.ts';
import { faultProblem } from './fault-problem.ts';
import { createProxies, type Proxies } from './proxies.ts';
import { createRelay, type StandingRelay } from './relay.ts';
import { createReroutes } from './reroutes.ts';

export interface NetworkOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** An address that is nobody's; asked for while a fault stands between dialers and what they dial. */
  allocateAddress(): string;
  readonly signal: AbortSignal;
}

export type NetworkPlane = Network & Breakable<NetworkFault> & AsyncDisposable;

interface Breakage {
  readonly fault: NetworkFault;
  inForce: boolean;
  done: Promise<void>;
}

/**
 * The network between the planes. Nothing stands between a dialer and what it dials until the first fault of its hop:
 * then new connections are led through a proxy, old ones are retired, and only then the effect begins, so that it
 * meets every connection of the hop. `refuse` needs no proxy: it is for new connections alone.
 */
export function startNetwork({ clock, random, allocateAddress, signal }: NetworkOptions): NetworkPlane {
  const breakages = new Map<string, Breakage>();
  const addresses = createAddressPool(allocateAddress);
  const reroutes = createReroutes(clock, signal);
  const relays = new Map<StandingRelay, Hop>();
  const proxies = new Map<Hop, Proxies>(
    hops.map((hop) => [
      hop,
      createProxies({
        conditions: (address) => place(hop, [address]),
        wanted: () => standsBetween(hop),
        addresses,
        clock,
        random,
        signal,
      }),
    ]),
  );
  let blackHole: Promise<BlackHole> | undefined;
  let opened: BlackHole | undefined;
  let refusing: string | undefined;
  let version = 0;

  function faultsInForce(): NetworkFault[] {
    return [...breakages.values()].flatMap(({ fault, inForce }) => (inForce ? [fault] : []));
  }

  /** Asked for each chunk, computed for each change. */
  function place(hop: Hop, destinations: readonly string[]): () => Conditions {
    let seen: { readonly version: number; readonly conditions: Conditions } | undefined;
    return () => {
      if (seen?.version !== version)
        seen = { version, conditions: conditionsOf(faultsInForce(), { hop, addresses: destinations }) };
      return seen.conditions;
    };
  }

  function standsBetween(hop: Hop): boolean {
    return [...breakages.values()].some(({ fault }) => fault.hop === hop && interposes(fault));
  }

  function route(hop: Hop, dial: Dial): Dial {
    if (breakages.size === 0) return dial;
    const { unanswered, refused } = place(hop, [dial.host])();
    if (unanswered && opened) return { ...dial, ...opened.endpoint };
    if (refused) {
      refusing ??= addresses.take();
      return { ...dial, host: refusing };
    }
    if (!standsBetween(hop)) return dial;
    return { ...dial, ...proxies.get(hop)?.gateTo(dial) };
  }

  async function enforce(id: string, breakage: Breakage): Promise<void> {
    const { fault } = breakage;
    if (interposes(fault)) await reroutes.reroute(fault.hop);
    if (fault.effect.kind === 'cut') {
      blackHole ??= openBlackHole(addresses.take());
      opened = await blackHole;
    }
    if (breakages.get(id) !== breakage) return;
    breakage.inForce = true;
    await changed(fault.hop);
  }

  async function changed(hop: Hop): Promise<void> {
    version++;
    proxies.get(hop)?.changed();
    const those = [...relays].filter(([, of]) => of === hop);
    await Promise.all(those.map(([relay]) => relay.changed()));
  }

  return {
    route,
    onReroute: reroutes.add,
    relay: ({ hop, listen, target, admits }) => {
      const conditions = place(hop, [listen.host, target.host]);
      const relay = createRelay({ listen, target, admits, conditions, clock, random });
      relays.set(relay, hop);
      const { up, down } = relay;
      return {
        up,
        down,
        [Symbol.asyncDispose]: async () => {
          relays.delete(relay);
          await relay.destroy();
        },
      };
    },
    break: async (id, fault) => {
      const problem = faultProblem(fault);
      if (problem) throw new TypeError(`Cannot break the network: ${problem}`);
      const known = breakages.get(id);
      if (known) return await known.done;
      const breakage: Breakage = { fault, inForce: false, done: Promise.resolve() };
      breakages.set(id, breakage);
      breakage.done = enforce(id, breakage);
      await breakage.done;
    },
    mend: async (id) => {
      const breakage = breakages.get(id);
      if (!breakage) return;
      const { hop } = breakage.fault;
      breakages.delete(id);
      if (!standsBetween(hop)) reroutes.forget(hop);
      await changed(hop);
    },
    [Symbol.asyncDispose]: async () => {
      breakages.clear();
      await Promise.all([...proxies.values()].map((each) => each.destroy()));
      await Promise.all([...relays.keys()].map((relay) => relay.destroy()));
      // One that could not be opened was reported to whoever broke.
      const [hole] = await Promise.allSettled([blackHole]);
      if (hole.status === 'fulfilled') await hole.value?.[Symbol.asyncDispose]();
    },
  };
}

function interposes({ effect }: NetworkFault): boolean {
  return effect.kind !== 'refuse';
}
