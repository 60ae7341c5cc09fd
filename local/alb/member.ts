import type { Clock } from '../base/clock.ts';
import type { Network } from '../base/network.ts';
import type { TargetConfig } from './config.ts';
import { type HealthState, registering } from './health-state.ts';
import { createTargetPool, type TargetPool } from './target-pool.ts';

/** A registered target and all that is open to it. */
export interface Member {
  target: TargetConfig;
  state: HealthState;
  /** Ends the health checks; `undefined` while there are none. */
  checks: AbortController | undefined;
  /** By the load balancer's address. */
  readonly pools: Map<string, TargetPool>;
  /** Pools that serve their last requests. */
  readonly retired: Set<TargetPool>;
  /** One a request on its way. */
  readonly requests: Set<{ revoke: () => void }>;
}

/** One target's part in one request. */
export interface Lease {
  readonly target: TargetConfig;
  readonly pool: TargetPool;
  /** Called when the target is gone for good: the deregistration delay is over. */
  onRevoked(callback: () => void): void;
  /** To be called when the request is over. */
  release(): void;
}

export function newMember(target: TargetConfig): Member {
  return {
    target,
    state: registering,
    checks: undefined,
    pools: new Map(),
    retired: new Set(),
    requests: new Set(),
  };
}

/** Neither checked nor sent anything new; requests on their way go on. */
export function rest(member: Member): void {
  member.checks?.abort();
  member.checks = undefined;
  member.state = registering;
  for (const localAddress of member.pools.keys()) retirePool(member, localAddress);
}

export function closeMember(member: Member): void {
  member.checks?.abort();
  for (const { revoke } of member.requests) revoke();
  for (const pool of [...member.pools.values(), ...member.retired]) pool.close();
}

/**
 * Makes what is open to it anew: as many idle connections as there were. Requests on their way finish where they are,
 * or are cut when `late` is aborted. Resolves when none of the old is left.
 */
export async function reroute(
  member: Member,
  { clock, network, late }: Pick<LeaseOptions, 'clock' | 'network'> & { readonly late: AbortSignal },
): Promise<void> {
  const idle = [...member.pools].map(([localAddress, pool]) => ({
    localAddress,
    idleTimeoutMs: pool.idleTimeoutMs,
    count: pool.idle(),
  }));
  for (const { localAddress } of idle) retirePool(member, localAddress);
  const old = [...member.retired];
  const cut = (): void => {
    for (const pool of old) pool.close();
  };
  late.addEventListener('abort', cut, { once: true });
  if (late.aborted) cut();
  await Promise.all([
    ...old.map((pool) => pool.retire()),
    ...idle.map(({ count, ...from }) => poolFor(member, { clock, network, ...from }).warm(count)),
  ]);
  late.removeEventListener('abort', cut);
}

export interface LeaseOptions {
  readonly clock: Clock;
  readonly network: Pick<Network, 'route'>;
  readonly localAddress: string;
  readonly idleTimeoutMs: number;
}

export function openLease(member: Member, options: LeaseOptions): Lease {
  const request = { revoke: (): void => undefined };
  member.requests.add(request);
  return {
    target: member.target,
    pool: poolFor(member, options),
    onRevoked: (callback) => {
      request.revoke = callback;
    },
    release: () => void member.requests.delete(request),
  };
}

function poolFor(member: Member, { clock, network, localAddress, idleTimeoutMs }: LeaseOptions): TargetPool {
  const known = member.pools.get(localAddress);
  if (known?.idleTimeoutMs === idleTimeoutMs) return known;
  if (known) retirePool(member, localAddress);
  const { id: host, port } = member.target;
  const pool = createTargetPool({ clock, network, host, port, localAddress, idleTimeoutMs });
  member.pools.set(localAddress, pool);
  return pool;
}

function retirePool(member: Member, localAddress: string): void {
  const pool = member.pools.get(localAddress);
  if (!pool) return;
  member.pools.delete(localAddress);
  member.retired.add(pool);
  void pool.retire().then(() => member.retired.delete(pool));
}
