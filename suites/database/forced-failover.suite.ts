import { awaitFailover, awaitSteadyWrites } from '../../fixtures/failover/awaits.ts';
import { describeFailover } from '../../fixtures/failover/failover-seen.ts';
import { databaseZones, mustHaveStandby } from '../../fixtures/failover/standby.ts';
import { startDatabaseObservers } from '../../fixtures/failover/start-observers.ts';
import { forcedFailover } from '../../fixtures/faults/database/forced-failover.ts';
import { watchUsers } from '../../fixtures/load/watch-users.ts';
import { databaseInstanceMutant } from '../../fixtures/mutants/database-instance.ts';
import { defectMutant } from '../../fixtures/mutants/defect.ts';
import { requirement } from '../../fixtures/requirement.ts';

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
    mutants: [
      defectMutant('standby-cannot-be-promoted', /writes to succeed again/),
      defectMutant('endpoint-with-long-ttl', /writes to succeed again.*clients/s),
      defectMutant('endpoint-does-not-move', /writes to succeed again/),
      databaseInstanceMutant('single-az-database', /no standby to fail over to/, 'MultiAZ', false),
    ],
  },
  async (session) => {
    const { deployment, stack, clock, faults, evidence } = session;
    if (deployment.database === 'none') return;
    const { failoverRtoSeconds } = deployment.database;
    const zonesBefore = await mustHaveStandby(session);
    const users = watchUsers(session, '/api/v1/entries');
    await using observers = await startDatabaseObservers(stack, {
      clients: { over: 'new-connections', address: 'honours-ttl' },
      pool: { over: 'kept-connection', address: 'honours-ttl' },
    });
    await awaitSteadyWrites(session, observers.seen);
    const fault = await faults.inject(forcedFailover);
    const { clients, pool } = await awaitFailover(session, observers.seen, {
      sinceMs: fault.requestedAtMs,
      withinSeconds: failoverRtoSeconds,
      what: 'writes to succeed again',
    });
    await observers.stop();
    // The other zone is the fault's own condition for being over.
    await fault.end();
    await users.stop();
    evidence('failover', {
      objectiveSeconds: failoverRtoSeconds,
      clients: describeFailover(clients, clock.toStackMs),
      pool: describeFailover(pool, clock.toStackMs),
      zones: { before: zonesBefore, after: await databaseZones(session) },
    });
  },
);
