import { debuglog } from 'node:util';
import type { TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Clock } from '../base/clock.ts';
import { boundPort, type PortTable } from '../base/loopback.ts';
import { directNetwork, type Network } from '../base/network.ts';
import type { Random } from '../base/random.ts';
import type { AccessRecord } from './access-record.ts';
import { compileAddresses } from './addresses.ts';
import {
  idleTimeoutMs,
  type ListenerConfig,
  type LoadBalancerConfig,
  type LoadBalancersConfig,
} from './config.ts';
import { createDoors, type Doors } from './doors.ts';
import type { Inspect } from './inspection.ts';
import { createListener, type Listener } from './listener.ts';
import { targetGroupsOf } from './route.ts';
import { createTargetGroup, type TargetGroupRuntime, type Use } from './target-group.ts';
import { createTlsContext } from './tls-context.ts';
import { unsupported } from './unsupported.ts';

const debug = debuglog('stormproof:alb');

export interface LoadBalancerPlane extends AsyncDisposable {
  /**
   * Replaces the whole configuration. Routing, health checks and certificates hold at once; connections go on.
   * Throws, before anything changes, when it asks for something that is not done here.
   */
  apply(config: LoadBalancersConfig): void;
  /** Resolves when every listener of the last configuration listens, and rejects when one cannot. */
  settled(): Promise<void>;
  targetHealth(targetGroupArn: string): readonly TargetHealthDescription[];
  /** Returns what ends the subscription. */
  onTargetHealthChange(listener: (targetGroupArn: string) => void): () => void;
}

export interface LoadBalancersOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly ports: PortTable;
  readonly inspect: Inspect;
  /** Between here and the targets. */
  readonly network?: Pick<Network, 'route' | 'onReroute'>;
  readonly now?: () => Date;
  /** Called at the end of each request. */
  readonly onAccess?: (record: AccessRecord) => void;
}

export async function startLoadBalancers(options: LoadBalancersOptions): Promise<LoadBalancerPlane> {
  const { clock, network = directNetwork } = options;
  let config: LoadBalancersConfig = { loadBalancers: [], targetGroups: [] };
  let settled = Promise.resolve();
  const entrances = new Map<string, Entrance>();
  const groups = new Map<string, TargetGroupRuntime>();
  const subscribers = new Set<(targetGroupArn: string) => void>();

  function apply(next: LoadBalancersConfig): void {
    refuseUnsupported(next);
    config = next;
    applyTargetGroups();
    for (const [name, place] of placesOf(config)) entrances.get(name)?.move(place);
    // One after the other: a port that closes must be free before it opens again.
    settled = settled.catch(() => undefined).then(moveDoors);
    // Whoever does not ask gets no unhandled rejection; whoever asks gets the error.
    settled.catch((error: unknown) => debug('%o', error));
  }

  function applyTargetGroups(): void {
    const uses = usesOf(config);
    for (const [arn, group] of groups) {
      if (config.targetGroups.some((one) => one.arn === arn)) continue;
      groups.delete(arn);
      group.close();
    }
    for (const group of config.targetGroups) {
      const { arn } = group;
      const onHealthChange = (): void => {
        for (const notify of subscribers) notify(arn);
      };
      const runtime = groups.get(arn) ?? createTargetGroup({ clock, network, config: group, onHealthChange });
      groups.set(arn, runtime);
      runtime.apply(group, uses.get(arn));
    }
  }

  async function moveDoors(): Promise<void> {
    const places = placesOf(config);
    const closing = [...entrances].filter(([name]) => !places.has(name));
    for (const [name] of closing) entrances.delete(name);
    await Promise.all(closing.map(([, { doors }]) => doors.close()));
    await Promise.all([...places].map(([name, place]) => openDoors(name, place)));
  }

  function openDoors(name: string, place: Place): Promise<void> {
    const entrance =
      entrances.get(name) ?? createEntrance(place, options, (arn, from) => groups.get(arn)?.lease(from));
    entrances.set(name, entrance);
    return entrance.doors.open(place.loadBalancer.addresses);
  }

  const rerouting = network.onReroute('load-balancer-to-pods', async (late) => {
    await Promise.all([...groups.values()].map((group) => group.reroute(late)));
  });
  return {
    apply,
    settled: () => settled,
    targetHealth: (arn) => groups.get(arn)?.health() ?? [],
    onTargetHealthChange: (listener) => {
      subscribers.add(listener);
      return () => void subscribers.delete(listener);
    },
    [Symbol.asyncDispose]: async () => {
      rerouting[Symbol.dispose]();
      apply({ loadBalancers: [], targetGroups: [] });
      await settled;
    },
  };
}

interface Place {
  readonly loadBalancer: LoadBalancerConfig;
  readonly listener: ListenerConfig;
}

interface Entrance {
  readonly doors: Doors;
  move(place: Place): void;
}

function createEntrance(
  first: Place,
  { clock, random, inspect, ports, now = clock.now, onAccess = () => undefined }: LoadBalancersOptions,
  lease: Parameters<typeof createListener>[0]['lease'],
): Entrance {
  let place = first;
  let admits = admission(place);
  const listener: Listener = createListener({
    clock,
    random,
    inspect,
    now,
    loadBalancer: () => place.loadBalancer,
    listener: () => place.listener,
    lease,
    onAccess,
  });
  return {
    doors: createDoors({
      port: boundPort(ports, first.listener.port),
      admits: (address) => admits(address),
      accept: listener.accept,
    }),
    move: (next) => {
      place = next;
      admits = admission(next);
      listener.reconfigure();
    },
  };
}

function admission({ loadBalancer, listener }: Place): (address: string) => boolean {
  return compileAddresses(
    loadBalancer.ingress
      .filter(({ fromPort, toPort }) => fromPort <= listener.port && listener.port <= toPort)
      .flatMap(({ cidrs }) => cidrs),
  );
}

/** By a name that a listener keeps as long as it keeps its port and protocol. */
function placesOf({ loadBalancers }: LoadBalancersConfig): Map<string, Place> {
  return new Map(
    loadBalancers.flatMap((loadBalancer) =>
      loadBalancer.listeners.map((listener): [string, Place] => [
        `${loadBalancer.arn}\n${listener.port}\n${listener.protocol}`,
        { loadBalancer, listener },
      ]),
    ),
  );
}

function usesOf({ loadBalancers }: LoadBalancersConfig): Map<string, Use> {
  const uses = new Map<string, Use>();
  for (const loadBalancer of loadBalancers) {
    const [checkFrom] = loadBalancer.addresses;
    if (checkFrom === undefined) continue;
    for (const arn of loadBalancer.listeners.flatMap(({ rules }) => targetGroupsOf(rules))) {
      if (!uses.has(arn)) uses.set(arn, { checkFrom, idleTimeoutMs: idleTimeoutMs(loadBalancer) });
    }
  }
  return uses;
}

function refuseUnsupported(config: LoadBalancersConfig): void {
  const problems = unsupported(config);
  if (problems.length > 0) {
    throw new TypeError(`Cannot apply the load balancers' configuration: ${problems.join('; ')}`);
  }
  for (const { listeners } of config.loadBalancers) {
    for (const listener of listeners) if (listener.protocol === 'HTTPS') createTlsContext(listener);
  }
}
