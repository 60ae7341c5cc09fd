import { DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import { eventually } from '../../fixtures/eventually.ts';
import { forcedFailover } from '../../fixtures/faults/database/forced-failover.ts';
import { watchUsers } from '../../fixtures/load/watch-users.ts';
import { defectMutant } from '../../fixtures/mutants/defect.ts';
import { Inconclusive, must } from '../../fixtures/outcome.ts';
import { startWriteProbe } from '../../fixtures/probes/write-probe.ts';
import { requirement } from '../../fixtures/requirement.ts';
import type { Session } from '../../fixtures/session.ts';
import { promised } from '../../fixtures/timeouts.ts';

export default requirement(
  {
    id: 'RDS-2',
    title: 'restores writes within the RTO after a forced failover, from the other zone',
    level: 'core',
    layers: ['aws', 'edge', 'kubernetes'],
    disrupts: ['database'],
    faults: [forcedFailover.name],
    applies: ({ database }) => database !== 'none',
    needs: ['failover'],
    refs: ['Amazon RDS User Guide, Multi-AZ DB instance deployments, Failing over'],
    mutants: [defectMutant('standby-cannot-be-promoted', /writes? .*again/)],
  },
  async (session) => {
    const { deployment, clock, faults, evidence, signal } = session;
    if (deployment.database === 'none') return;
    const { failoverRtoSeconds } = deployment.database;
    const zoneBefore = await zone(session);
    const users = watchUsers(session, '/api/v1/entries');
    await using probe = await startWriteProbe(session);
    const before = await eventually({
      clock,
      signal,
      what: 'a write before the failover',
      within: promised(30, 1, 'the database is steady'),
      look: async () => probe.observations.findLast(({ outcome }) => outcome.written)?.outcome,
      until: (outcome) => outcome !== undefined,
      otherwise: 'inconclusive',
    });
    const fault = await faults.inject(forcedFailover);
    const restored = await eventually({
      clock,
      signal,
      what: 'writes to succeed again, on another server, after the failover',
      within: promised(failoverRtoSeconds, 1, 'the declared recovery time objective'),
      look: async () => {
        const last = probe.observations.at(-1);
        const again = probe.observations.find(
          ({ startedAtMs, outcome }) =>
            startedAtMs >= fault.requestedAtMs &&
            outcome.written &&
            before?.written &&
            outcome.serverStartedAt !== before.serverStartedAt,
        );
        return again ?? { finishedAtMs: undefined, last: last?.outcome };
      },
      until: ({ finishedAtMs }) => finishedAtMs !== undefined,
    });
    const firstFailed = probe.observations.find(
      ({ startedAtMs, outcome }) => startedAtMs >= fault.requestedAtMs && !outcome.written,
    );
    const failedFromMs = firstFailed?.startedAtMs ?? fault.requestedAtMs;
    const outageStackSeconds = clock.toStackMs((restored.finishedAtMs ?? Date.now()) - failedFromMs) / 1000;
    must(
      outageStackSeconds <= failoverRtoSeconds,
      'Writes come back later than the recovery time objective, again',
      {
        expected: `at most ${failoverRtoSeconds} s`,
        observed: `${outageStackSeconds.toFixed(1)} s`,
      },
    );
    await fault.end();
    const zoneAfter = await zone(session);
    must(zoneAfter !== zoneBefore, 'The database does not serve from the other zone', {
      expected: `not ${zoneBefore}`,
      observed: zoneAfter,
    });
    await users.stop();
    if (!firstFailed)
      throw new Inconclusive('No write failed during the failover: the probe was too slow to see it');
    evidence('failover', { outageStackSeconds, objectiveSeconds: failoverRtoSeconds, zoneBefore, zoneAfter });
  },
);

async function zone({ stack, deployment }: Session): Promise<string> {
  if (deployment.database === 'none') return 'none';
  const { DBInstances } = await stack.aws.rds.send(
    new DescribeDBInstancesCommand({ DBInstanceIdentifier: deployment.database.identifier }),
  );
  return DBInstances?.[0]?.AvailabilityZone ?? 'unknown';
}
