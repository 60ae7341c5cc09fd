import type { Attempt } from '../../fixtures/failover/attempt.ts';
import { isFailed } from '../../fixtures/failover/attempt.ts';
import { awaitSteadyWrites, awaitWriteElsewhere } from '../../fixtures/failover/awaits.ts';
import { acknowledgedAfter } from '../../fixtures/failover/failover-seen.ts';
import type { Observed, ObserverOptions } from '../../fixtures/failover/observer.ts';
import { mustHaveStandby } from '../../fixtures/failover/standby.ts';
import { startDatabaseObservers } from '../../fixtures/failover/start-observers.ts';
import { forcedFailover } from '../../fixtures/faults/database/forced-failover.ts';
import { defectMutant } from '../../fixtures/mutants/defect.ts';
import { Inconclusive, must } from '../../fixtures/outcome.ts';
import { requirement } from '../../fixtures/requirement.ts';

/** Tried at the old primary's address after the new one's first write, at the least. */
const leastAttempts = 20;

const stays: ObserverOptions = { over: 'one-connection', address: 'each-time', intervalWallMs: 20 };

export default requirement(
  {
    id: 'RDS-5',
    title: 'fences the old primary',
    level: 'core',
    layers: ['aws', 'edge'],
    disrupts: ['database'],
    faults: [forcedFailover.name],
    applies: ({ database }) => database !== 'none',
    needs: ['failover'],
    refs: ['Amazon RDS User Guide, Multi-AZ DB instance deployments, Failing over'],
    mutants: [
      defectMutant('old-primary-not-fenced', /old primary acknowledges writes/),
      defectMutant('old-primary-keeps-sessions', /old primary acknowledges writes/),
    ],
  },
  async (session) => {
    const { stack, dialer, faults, evidence } = session;
    await mustHaveStandby(session);
    const [address = ''] = await dialer.dns.addresses(stack.descriptor.resources.databaseEndpoint);
    await using observers = await startDatabaseObservers(stack, {
      byName: { over: 'new-connections', address: 'each-time' },
      toItsAddress: { over: 'new-connections', address: { pinned: address }, intervalWallMs: 20 },
      staying1: stays,
      staying2: stays,
      staying3: stays,
    });
    // Each of them has writes acknowledged before: whatever stops them later, it is not that they cannot reach it.
    const old = await awaitSteadyWrites(session, observers.seen);
    const fault = await faults.inject(forcedFailover);
    const first = await awaitWriteElsewhere(session, observers.seen.byName, old);
    // They go on beside the new primary until the instance is available again, with another standby.
    await fault.end();
    const { byName, ...atOld } = await observers.stop();
    const sinceMs = first.endedAtMs;
    const all = [...Object.values(atOld), byName].flatMap(({ attempts }) => attempts);
    const late = acknowledgedAfter(all, old, sinceMs);
    evidence('what the old primary answered', {
      old,
      next: first.answer.server,
      nextSince: new Date(sinceMs).toISOString(),
      acknowledgedLater: late.length,
      answers: mapped(atOld, ({ attempts }) => answers(attempts)),
    });
    must(late.length === 0, 'The old primary acknowledges writes beside the new one', {
      expected: `none by ${old.address} after ${new Date(sinceMs).toISOString()}`,
      observed: `${late.length}, the last ${Math.round((late.at(-1)?.endedAtMs ?? 0) - sinceMs)} ms later`,
    });
    mustHaveTried(atOld, sinceMs);
  },
);

/** That nothing was acknowledged says something only of those who tried, or were sent away. */
function mustHaveTried(
  { toItsAddress, ...staying }: Readonly<Record<string, Observed>>,
  sinceMs: number,
): void {
  const tried = toItsAddress?.attempts.filter(({ startedAtMs }) => startedAtMs > sinceMs).length ?? 0;
  if (tried < leastAttempts)
    throw new Inconclusive(
      `Only ${tried} new connections to the old primary's address were tried, where ${leastAttempts} are needed`,
    );
  const unheard = Object.entries(staying).filter(([, { attempts }]) => !attempts.some(isFailed));
  if (unheard.length > 0)
    throw new Inconclusive(
      `Of ${unheard.map(([name]) => name).join(', ')} it is not known what became of the connection to the old primary`,
    );
}

/** By code, over the whole time. */
function answers(attempts: readonly Attempt[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { answer } of attempts) {
    const code = answer.acknowledged ? 'acknowledged' : answer.code;
    counts[code] = (counts[code] ?? 0) + 1;
  }
  return counts;
}

function mapped<Value, Result>(
  record: Readonly<Record<string, Value>>,
  to: (value: Value) => Result,
): Readonly<Record<string, Result>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value)]));
}
