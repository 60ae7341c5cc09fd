import type { Clock } from '../base/clock.ts';
import type { PortTable } from '../base/loopback.ts';
import { directNetwork, type Network } from '../base/network.ts';
import type { Hop } from '../base/plane-fault.ts';
import type { Random } from '../base/random.ts';
import type { EdgeConfig, EdgeFirewall, SignOriginAccess } from './config.ts';
import { createConnectOrigin } from './connect-origin.ts';
import { createDeadlines } from './deadlines.ts';
import { compileDistribution, type Distribution } from './distribution.ts';
import { openEntrances } from './entrances.ts';
import type { EdgeContext } from './exchange.ts';
import { handle } from './handle.ts';
import { lookUpHost } from './host-table.ts';
import { createObjectCache } from './object-cache.ts';
import { createOriginConnections } from './origin-connections.ts';
import { createOriginPools } from './origin-pools.ts';
import { tlsEndpoints } from './tls-certificates.ts';

export interface EdgeOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The edge servers' addresses: each listens on 80 and 443 and serves every distribution. */
  readonly addresses: readonly string[];
  /** Where connections to origins come from, in turn. */
  readonly egressAddresses: readonly string[];
  readonly ports: PortTable;
  resolve(name: string): Promise<readonly string[]>;
  /** The roots that origins' certificates are verified against. */
  readonly originTrustPem: readonly string[];
  readonly inspect: EdgeFirewall;
  readonly signOriginAccess?: SignOriginAccess;
  /** Between here and the origins. */
  readonly network?: Pick<Network, 'route' | 'onReroute'>;
  /** The hop that leads to an address; load balancers' when absent. */
  hopTo?(address: string): Hop;
  /** Of the cache; objects that were not asked for longest go first. */
  readonly cacheBytes?: number;
}

export interface Edge extends AsyncDisposable {
  /**
   * Replaces the whole configuration. Throws, and changes nothing, when a part of it cannot be served. Connections
   * and requests that are under way go on; what is cached stays.
   */
  apply(config: EdgeConfig): void;
  /** Paths as CreateInvalidation takes them: `*` only at the end. */
  invalidate(distributionId: string, paths: readonly string[]): void;
}

/** CloudFront's data plane: one point of presence with one cache. */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const { clock, addresses, ports, cacheBytes = 64 * 1024 * 1024 } = options;
  const stopping = new AbortController();
  const { network = directNetwork, hopTo = () => 'edge-to-load-balancer' } = options;
  const connections = createOriginConnections();
  const connect = createConnectOrigin({ ...options, network, hopTo, connections });
  const pools = createOriginPools(connect, clock);
  const reroutings = originHops.map((hop) =>
    network.onReroute(hop, async (late) => {
      // Asked before the new ones are made.
      const ended = connections.ended(hop, late);
      await pools.renew();
      await ended;
    }),
  );
  const cache = createObjectCache(cacheBytes);
  const context = createContext(options, { pools, cache, signal: stopping.signal });
  let hosts: ReadonlyMap<string, Distribution> = new Map();
  const entrances = await openEntrances({
    clock,
    addresses,
    ports,
    onRequest: (viewer) => void handle(context, (host) => lookUpHost(hosts, host), viewer),
  });
  return {
    apply: (config) => {
      const distributions = config.distributions.map((each) => compileDistribution(each, config));
      entrances.apply(tlsEndpoints(config));
      hosts = hostTable(distributions);
      pools.retain(distributions.flatMap(({ behaviours }) => behaviours.flatMap(({ origins }) => origins)));
    },
    invalidate: (distributionId, paths) => cache.invalidate(distributionId, paths),
    [Symbol.asyncDispose]: async () => {
      stopping.abort(new Error('The edge is closed'));
      for (const rerouting of reroutings) rerouting[Symbol.dispose]();
      await entrances[Symbol.asyncDispose]();
      await pools[Symbol.asyncDispose]();
    },
  };
}

const originHops = ['edge-to-load-balancer', 'edge-to-storage'] as const;

function hostTable(distributions: readonly Distribution[]): Map<string, Distribution> {
  const enabled = distributions.filter((distribution) => distribution.enabled);
  return new Map(enabled.flatMap((each) => each.hosts.map((host) => [host, each] as const)));
}

function createContext(
  { clock, random, inspect, signOriginAccess, addresses }: EdgeOptions,
  { pools, cache, signal }: Pick<EdgeContext, 'pools' | 'cache'> & { signal: AbortSignal },
): EdgeContext {
  const names = new Map(addresses.map((address) => [address, `${random.hex(32)}.cloudfront.net`]));
  const fallback = `${random.hex(32)}.cloudfront.net`;
  return {
    clock,
    cache,
    pools,
    inspect,
    signOriginAccess,
    arriving: new Map(),
    deadlines: createDeadlines(clock, signal),
    pop: `IAD${10 + random.below(90)}-C${1 + random.below(4)}`,
    nextRequestId: () => requestId(random),
    edgeName: (address) => names.get(address) ?? fallback,
  };
}

/** The form of `X-Amz-Cf-Id`: 54 characters of URL-safe base64 and two of padding. */
function requestId(random: Random): string {
  const bytes = Buffer.allocUnsafe(40);
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(random.below(0x1_0000_0000), at);
  return `${bytes.toString('base64url')}==`;
}
