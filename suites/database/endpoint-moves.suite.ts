import type { AddressSeen } from '../../fixtures/failover/addresses-seen.ts';
import { addressesSeen } from '../../fixtures/failover/addresses-seen.ts';
import { awaitFailover, awaitSteadyWrites } from '../../fixtures/failover/awaits.ts';
import type { FailoverSeen } from '../../fixtures/failover/failover-seen.ts';
import { describeFailover } from '../../fixtures/failover/failover-seen.ts';
import type { Lookup } from '../../fixtures/failover/resolver.ts';
import { mustHaveStandby } from '../../fixtures/failover/standby.ts';
import { startDatabaseObservers } from '../../fixtures/failover/start-observers.ts';
import { forcedFailover } from '../../fixtures/faults/database/forced-failover.ts';
import { defectMutant } from '../../fixtures/mutants/defect.ts';
import { Inconclusive, must } from '../../fixtures/outcome.ts';
import { requirement } from '../../fixtures/requirement.ts';

export default requirement(
  {
    id: 'RDS-6',
    title: 'moves the endpoint name with a TTL within the declared bound',
    level: 'core',
    layers: ['aws', 'edge'],
    disrupts: ['database'],
    faults: [forcedFailover.name],
    applies: ({ database }) => database !== 'none',
    needs: ['failover'],
    refs: [
      'Amazon RDS User Guide, Multi-AZ DB instance deployments, Setting the JVM TTL for DNS name lookups',
      'Amazon RDS User Guide, Best practices for Amazon RDS',
    ],
    mutants: [
      defectMutant('endpoint-with-long-ttl', /lives longer in caches/),
      defectMutant('endpoint-does-not-move', /endpoint name to lead to the new primary/),
    ],
  },
  async (session) => {
    const { deployment, stack, clock, faults, evidence } = session;
    if (deployment.database === 'none') return;
    const { failoverRtoSeconds, endpointTtlSeconds } = deployment.database;
    await mustHaveStandby(session);
    await using observers = await startDatabaseObservers(stack, {
      name: { over: 'lookups' },
      clients: { over: 'new-connections', address: 'honours-ttl' },
    });
    const { name, clients } = observers.seen;
    await awaitSteadyWrites(session, { clients });
    mustLiveShortly(name.lookups, endpointTtlSeconds);
    const fault = await faults.inject(forcedFailover);
    const failover = await awaitFailover(
      session,
      { clients },
      {
        sinceMs: fault.requestedAtMs,
        withinSeconds: failoverRtoSeconds + endpointTtlSeconds,
        what: 'the endpoint name to lead to the new primary',
      },
    );
    // Whether the name stays where it went is seen until the instance is available again, with another standby.
    await fault.end();
    const { lookups } = (await observers.stop()).name;
    const seen = addressesSeen(lookups);
    evidence('endpoint name', {
      declaredTtlSeconds: endpointTtlSeconds,
      led: seen.map(described),
      clients: describeFailover(failover.clients, clock.toStackMs),
    });
    mustLiveShortly(lookups, endpointTtlSeconds);
    mustHaveMovedOnce(seen, failover.clients);
  },
);

/** An answer out of a cache shows what is left of a TTL, not the TTL. */
function mustLiveShortly(lookups: readonly Lookup[], declaredSeconds: number): void {
  const answered = lookups.filter(({ address }) => address !== undefined);
  if (answered.length === 0) throw new Inconclusive('The endpoint name was not looked up');
  const longest = Math.max(...answered.map(({ ttlSeconds = 0 }) => ttlSeconds));
  must(longest <= declaredSeconds, 'The endpoint name lives longer in caches than declared', {
    expected: `a TTL of at most ${declaredSeconds} s`,
    observed: `${longest} s`,
  });
  if (!answered.every(({ authoritative }) => authoritative))
    throw new Inconclusive('The TTL of the endpoint name is not known: no answer has authority');
}

function mustHaveMovedOnce(seen: readonly AddressSeen[], { firstOk }: FailoverSeen): void {
  const addresses = seen.map(({ address }) => address);
  must(!addresses.includes(undefined), 'The endpoint name leads nowhere for a while', {
    expected: 'an address in each answer',
    observed: seen.map(described),
  });
  must(addresses.length === 2 && addresses[0] !== addresses[1], 'The endpoint name does not move once', {
    expected: 'one move, to another address',
    observed: seen.map(described),
  });
  must(addresses[1] === firstOk?.address, 'The endpoint name leads elsewhere than to the new primary', {
    expected: firstOk?.address,
    observed: addresses[1],
  });
}

function described({
  address,
  firstAskedAtMs,
  lastAskedAtMs,
  lookups,
  highestTtlSeconds,
}: AddressSeen): object {
  return {
    address,
    from: new Date(firstAskedAtMs).toISOString(),
    until: new Date(lastAskedAtMs).toISOString(),
    lookups,
    highestTtlSeconds,
  };
}
