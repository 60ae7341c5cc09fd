import type { TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Clock } from '../base/clock.ts';
import type { Network } from '../base/network.ts';
import type { TargetConfig, TargetGroupConfig } from './config.ts';
import { checkHealth, checkPort } from './health-check.ts';
import { afterCheck, checking, draining, type HealthState, registering, unused } from './health-state.ts';
import { closeMember, type Lease, type Member, newMember, openLease, reroute, rest } from './member.ts';

/** How a target group is reached. */
export interface Use {
  /** Where health checks come from: an address of a load balancer that forwards to the group. */
  readonly checkFrom: string;
  readonly idleTimeoutMs: number;
}

export interface TargetGroupRuntime {
  /** Without `use`, no load balancer forwards here: nothing is checked. */
  apply(config: TargetGroupConfig, use: Use | undefined): void;
  /** A target for the next request from this address of a load balancer; `undefined` when none is registered. */
  lease(localAddress: string): Lease | undefined;
  health(): readonly TargetHealthDescription[];
  /** Makes every connection to its targets anew (`Network.onReroute`). */
  reroute(late: AbortSignal): Promise<void>;
  close(): void;
}

export interface TargetGroupOptions {
  readonly clock: Clock;
  readonly network: Pick<Network, 'route'>;
  readonly config: TargetGroupConfig;
  readonly onHealthChange: () => void;
}

export function createTargetGroup({
  clock,
  network,
  config: first,
  onHealthChange,
}: TargetGroupOptions): TargetGroupRuntime {
  let config = first;
  let use: Use | undefined;
  const members = new Map<string, Member>();
  const turns = new Map<string, number>();

  function apply(next: TargetGroupConfig, nextUse: Use | undefined): void {
    const recheck = checkSettings(config, use) !== checkSettings(next, nextUse);
    const before = JSON.stringify(health());
    config = next;
    use = nextUse;
    const kept = new Set(next.targets.map(keyOf));
    for (const [key, member] of members) if (!kept.has(key)) remove(key, member);
    for (const target of next.targets) place(target, recheck);
    if (JSON.stringify(health()) !== before) onHealthChange();
  }

  function remove(key: string, member: Member): void {
    members.delete(key);
    closeMember(member);
  }

  function place(target: TargetConfig, recheck: boolean): void {
    const known = members.get(keyOf(target));
    const returned = known?.target.draining && !target.draining;
    const member = known ?? newMember(target);
    members.set(keyOf(target), member);
    member.target = target;
    if (target.draining || !use) {
      rest(member);
      return;
    }
    if (known && !returned && !recheck && member.checks) return;
    member.checks?.abort();
    if (returned) member.state = registering;
    startChecks(member, use);
  }

  function startChecks(member: Member, { checkFrom }: Use): void {
    const checks = new AbortController();
    member.checks = checks;
    const check = (): Promise<void> => checkMember(member, checkFrom, checks.signal);
    const intervalMs = (config.config.HealthCheckIntervalSeconds ?? 30) * 1000;
    clock.after(
      0,
      async () => {
        if (member.state === registering) setState(member, checking);
        await check();
        clock.every(intervalMs, check, checks.signal);
      },
      checks.signal,
    );
  }

  async function checkMember(member: Member, localAddress: string, signal: AbortSignal): Promise<void> {
    const { config: group } = config;
    const timeoutWallMs = clock.ioTimeoutWallMs((group.HealthCheckTimeoutSeconds ?? 5) * 1000);
    const result = await checkHealth({
      network,
      config: group,
      target: member.target,
      localAddress,
      timeoutWallMs,
      signal,
    });
    if (signal.aborted) return;
    const thresholds = {
      healthy: group.HealthyThresholdCount ?? 5,
      unhealthy: group.UnhealthyThresholdCount ?? 2,
    };
    setState(member, afterCheck(member.state, result, thresholds));
  }

  function setState(member: Member, state: HealthState): void {
    const { State, Reason, Description } = member.state.health;
    const same =
      State === state.health.State &&
      Reason === state.health.Reason &&
      Description === state.health.Description;
    member.state = state;
    if (!same) onHealthChange();
  }

  function lease(localAddress: string): Lease | undefined {
    const registered = [...members.values()].filter(({ target }) => !target.draining);
    const healthy = registered.filter(({ state }) => state.health.State === 'healthy');
    // With no healthy target the group fails open: every registered one gets requests (reference §5).
    const member = choose(healthy.length > 0 ? healthy : registered, localAddress);
    return (
      member && use && openLease(member, { clock, network, localAddress, idleTimeoutMs: use.idleTimeoutMs })
    );
  }

  function choose(candidates: readonly Member[], localAddress: string): Member | undefined {
    const turn = turns.get(localAddress) ?? 0;
    turns.set(localAddress, turn + 1);
    if (candidates.length === 0) return undefined;
    if (config.attributes['load_balancing.algorithm.type'] === 'least_outstanding_requests') {
      return candidates.reduce((least, one) => (one.requests.size < least.requests.size ? one : least));
    }
    return candidates[turn % candidates.length];
  }

  function health(): TargetHealthDescription[] {
    return [...members.values()].map(({ target, state }) => ({
      Target: { Id: target.id, Port: target.port, AvailabilityZone: target.zone },
      HealthCheckPort: String(checkPort(config.config, target.port)),
      TargetHealth: target.draining ? draining : use ? state.health : unused,
    }));
  }

  return {
    apply,
    lease,
    health,
    reroute: async (late) => {
      await Promise.all([...members.values()].map((member) => reroute(member, { clock, network, late })));
    },
    close: () => {
      for (const [key, member] of members) remove(key, member);
    },
  };
}

function keyOf({ id, port }: TargetConfig): string {
  return `${id}:${port}`;
}

function checkSettings({ config }: TargetGroupConfig, use: Use | undefined): string {
  const { HealthCheckPath, HealthCheckPort, HealthCheckIntervalSeconds, HealthCheckTimeoutSeconds } = config;
  return JSON.stringify([
    use?.checkFrom,
    HealthCheckPath,
    HealthCheckPort,
    HealthCheckIntervalSeconds,
    HealthCheckTimeoutSeconds,
  ]);
}
