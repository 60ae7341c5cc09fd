import { eventually } from '../../fixtures/eventually.ts';
import { awaitFailover, awaitSteadyWrites } from '../../fixtures/failover/awaits.ts';
import { describeFailover } from '../../fixtures/failover/failover-seen.ts';
import { databaseZones, mustHaveStandby } from '../../fixtures/failover/standby.ts';
import { startDatabaseObservers } from '../../fixtures/failover/start-observers.ts';
import { databasePrimaryKilled } from '../../fixtures/faults/database/database-primary.ts';
import { checkLedger } from '../../fixtures/ledger/check-ledger.ts';
import { readRowsBySql } from '../../fixtures/ledger/final-rows.ts';
import { createSqlSender } from '../../fixtures/ledger/sql-sender.ts';
import { startWriters } from '../../fixtures/ledger/writers.ts';
import { databaseInstanceMutant } from '../../fixtures/mutants/database-instance.ts';
import { defectMutant } from '../../fixtures/mutants/defect.ts';
import { Inconclusive, must } from '../../fixtures/outcome.ts';
import { connectSql, connectSqlWith, sqlAccess } from '../../fixtures/probes/sql.ts';
import { requirement } from '../../fixtures/requirement.ts';
import type { Session } from '../../fixtures/session.ts';
import { timeouts } from '../../fixtures/timeouts.ts';

/** Of a connection, and of a write; stack milliseconds. */
const writeTimeoutMs = 3000;
const least = { acknowledgedBefore: 10, attemptedDuring: 5, acknowledgedAfter: 10 };

export default requirement(
  {
    id: 'RDS-7',
    title: 'fails over by itself when the primary dies',
    level: 'core',
    layers: ['aws', 'edge'],
    disrupts: ['database'],
    faults: [databasePrimaryKilled.name],
    applies: ({ database }) => database !== 'none',
    needs: ['break-database'],
    refs: ['Amazon RDS User Guide, Multi-AZ DB instance deployments, Failing over'],
    mutants: [
      defectMutant('automatic-failover-off', /without anybody's call/),
      defectMutant('standby-cannot-be-promoted', /without anybody's call/),
      databaseInstanceMutant('single-az-database', /no standby to fail over to/, 'MultiAZ', false),
    ],
  },
  async (session) => {
    const { deployment, stack, clock, faults, evidence } = session;
    if (deployment.database === 'none') return;
    const zonesBefore = await mustHaveStandby(session);
    await using ledger = await startLedger(session);
    await using observers = await startDatabaseObservers(stack, {
      clients: { over: 'new-connections', address: 'honours-ttl' },
      pool: { over: 'kept-connection', address: 'honours-ttl' },
    });
    await awaitSteadyWrites(session, observers.seen);
    await ledger.awaitMore(least.acknowledgedBefore);
    const fault = await faults.inject(databasePrimaryKilled);
    // From here on RDS is only asked how it is.
    const { clients, pool } = await awaitFailover(session, observers.seen, {
      sinceMs: fault.requestedAtMs,
      withinSeconds: deployment.database.failoverRtoSeconds,
      what: "writes to succeed again without anybody's call",
    });
    await observers.stop();
    await fault.end();
    const endedAt = Date.now();
    await ledger.awaitMore(least.acknowledgedAfter);
    const zonesAfter = await databaseZones(session);
    evidence('failover', {
      objectiveSeconds: deployment.database.failoverRtoSeconds,
      clients: describeFailover(clients, clock.toStackMs),
      pool: describeFailover(pool, clock.toStackMs),
      zones: { before: zonesBefore, after: zonesAfter },
    });
    must(zonesAfter.primary === zonesBefore.standby, 'The database does not serve from the other zone', {
      expected: zonesBefore.standby,
      observed: zonesAfter.primary,
    });
    await ledger.mustBalance({ startedAt: fault.requestedAtMs, endedAt });
  },
);

/** Writes of unique keys straight to the database: what was acknowledged must be there at the end. */
async function startLedger(session: Session): Promise<Ledger> {
  const { stack, dialer, clock, signal, evidence, writes } = session;
  const access = await sqlAccess(stack);
  const timeoutWallMs = clock.ioTimeoutWallMs(writeTimeoutMs);
  const sender = createSqlSender({
    connect: () => connectSqlWith(access, dialer, timeoutWallMs),
    table: 'entries',
    timeoutWallMs,
  });
  const writers = startWriters({ send: sender.send, concurrency: 40, perWallSecond: 20, signal });
  const acknowledged = () => writers.operations.filter(({ outcome }) => outcome === 'ok').length;
  return {
    awaitMore: async (count) => {
      const before = acknowledged();
      await eventually({
        clock,
        signal,
        what: `${count} more acknowledged writes`,
        within: timeouts.databaseSteady,
        look: async () => acknowledged() - before,
        until: (more) => more >= count,
        otherwise: 'inconclusive',
      });
    },
    mustBalance: async (fault) => {
      const operations = await writers.stop();
      const rows = await rowsOf(session, writers.prefix);
      const verdict = checkLedger(operations, rows, { fault, least });
      const { acknowledged: count, indeterminate, lost, repeated, reasons } = verdict;
      writes({ acknowledged: count, indeterminate, lost: lost.length, repeated: repeated.length });
      evidence('ledger', { ...verdict, lost: lost.slice(0, 10) });
      must(
        verdict.verdict !== 'fail',
        'Acknowledged writes are lost, or writes repeated, as the primary dies',
        {
          expected: 'every acknowledged write once, refused ones never',
          observed: reasons,
        },
      );
      if (verdict.verdict === 'inconclusive') throw new Inconclusive(reasons.join('; '));
    },
    [Symbol.asyncDispose]: async () => {
      await writers.stop();
      await sender[Symbol.asyncDispose]();
    },
  };
}

interface Ledger extends AsyncDisposable {
  /** Waits for so many more acknowledged writes. */
  awaitMore(count: number): Promise<void>;
  mustBalance(fault: { readonly startedAt: number; readonly endedAt: number }): Promise<void>;
}

async function rowsOf({ stack, dialer }: Session, prefix: string): Promise<readonly { key: string }[]> {
  const client = await connectSql(stack, dialer);
  try {
    return await readRowsBySql((text, values) => client.query(text, values), { table: 'entries', prefix });
  } finally {
    await client.end();
  }
}
