import { forcedFailover } from '../../fixtures/faults/database/forced-failover.ts';
import type { LedgerVerdict } from '../../fixtures/ledger/check-ledger.ts';
import { checkLedger } from '../../fixtures/ledger/check-ledger.ts';
import { readRowsBySql } from '../../fixtures/ledger/final-rows.ts';
import { startApplicationWriters, startDirectWriters } from '../../fixtures/ledger/session-writers.ts';
import type { Writers } from '../../fixtures/ledger/writers.ts';
import { watchUsers } from '../../fixtures/load/watch-users.ts';
import { databaseParameterMutant } from '../../fixtures/mutants/database-parameter.ts';
import { defectMutant } from '../../fixtures/mutants/defect.ts';
import { withDistantStandby } from '../../fixtures/mutants/distant-standby.ts';
import { withEnvironment, workloadMutant } from '../../fixtures/mutants/workload.ts';
import { Inconclusive, must } from '../../fixtures/outcome.ts';
import { connectSql } from '../../fixtures/probes/sql.ts';
import { requirement } from '../../fixtures/requirement.ts';
import type { Session } from '../../fixtures/session.ts';

const lost = /Acknowledged writes are lost/;

/** A write that was committed as the primary ended, and not answered, is made once more. */
const repeatsWrites = withDistantStandby(
  workloadMutant('repeats-writes', /Writes are repeated/, withEnvironment('REPEATS_WRITES', 'true')),
);

/** What was acknowledged last is in the primary's memory, or on its way to the standby. */
const asynchronousCommit = withDistantStandby(
  databaseParameterMutant('asynchronous-commit', lost, {
    ParameterName: 'synchronous_commit',
    ParameterValue: 'off',
  }),
);

/** Stack milliseconds of calm writing before the failover and after it. */
const calmMs = 15_000;
const least = { acknowledgedBefore: 10, attemptedDuring: 5, acknowledgedAfter: 10 };

export default requirement(
  {
    id: 'RDS-3',
    title: 'loses no acknowledged write and repeats none, across the failover',
    level: 'core',
    layers: ['aws', 'edge', 'kubernetes'],
    disrupts: ['database'],
    faults: [forcedFailover.name],
    applies: ({ database }) => database !== 'none',
    needs: ['failover'],
    refs: ['Amazon RDS User Guide, Multi-AZ DB instance deployments', 'Jepsen, Consistency models'],
    mutants: [
      defectMutant('asynchronous-standby', lost),
      asynchronousCommit,
      defectMutant('commits-before-durable', lost),
      defectMutant('old-primary-not-fenced', lost),
      repeatsWrites,
    ],
  },
  async (session) => {
    const { clock, faults, evidence, writes, signal } = session;
    evidence('durability settings', await durabilitySettings(session));
    const users = watchUsers(session, '/api/v1/entries');
    await using application = startApplicationWriters(session, { viewers: 2, perWallSecond: 15 });
    await using direct = startDirectWriters(session, { connections: 4, perWallSecond: 15 });
    await clock.sleep(calmMs, signal);
    const startedAt = Date.now();
    const fault = await faults.inject(forcedFailover);
    await fault.end();
    const endedAt = Date.now();
    await clock.sleep(calmMs, signal);
    await Promise.all([application.stop(), direct.stop()]);
    await users.stop();
    const window = { startedAt, endedAt };
    const verdicts = {
      application: await verdictOf(session, application, window),
      direct: await verdictOf(session, direct, window),
    };
    const both = Object.values(verdicts);
    writes({
      acknowledged: sum(both, ({ acknowledged }) => acknowledged),
      indeterminate: sum(both, ({ indeterminate }) => indeterminate),
      lost: sum(both, (verdict) => verdict.lost.length),
      repeated: sum(both, ({ repeated }) => repeated.length),
    });
    for (const [way, verdict] of Object.entries(verdicts))
      evidence(`ledger of writes, ${way}`, { ...verdict, lost: verdict.lost.slice(0, 10) });
    for (const [way, verdict] of Object.entries(verdicts)) judge(way, verdict);
    if (application.unsent > 0)
      throw new Inconclusive(`${application.unsent} writes were due while every writer was busy`);
    const missing = both.filter(({ verdict }) => verdict === 'inconclusive');
    if (missing.length > 0) throw new Inconclusive(missing.flatMap(({ reasons }) => reasons).join('; '));
  },
);

/** They tell why writes are lost; whether they are, the ledger tells. */
async function durabilitySettings({ stack, dialer }: Session): Promise<unknown> {
  const client = await connectSql(stack, dialer);
  try {
    const { rows } = await client.query(
      "SELECT name, setting FROM pg_settings WHERE name IN ('synchronous_commit', 'fsync', 'full_page_writes')",
    );
    return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
  } finally {
    await client.end();
  }
}

async function verdictOf(
  { stack, dialer }: Session,
  { prefix, operations }: Writers,
  fault: { readonly startedAt: number; readonly endedAt: number },
): Promise<LedgerVerdict> {
  const client = await connectSql(stack, dialer);
  try {
    const query = (text: string, values: unknown[]) => client.query(text, values);
    const rows = await readRowsBySql(query, { table: 'entries', prefix });
    return checkLedger(operations, rows, { fault, least });
  } finally {
    await client.end();
  }
}

function judge(way: string, verdict: LedgerVerdict): void {
  const { lost, acknowledged, reasons } = verdict;
  must(lost.length === 0, 'Acknowledged writes are lost across the failover', {
    expected: 'none',
    observed: `${way}: ${lost.length} of ${acknowledged}, first ${lost[0]?.key}`,
  });
  must(verdict.verdict !== 'fail', 'Writes are repeated, or there though they were refused', {
    expected: 'every write once, refused ones never',
    observed: `${way}: ${reasons.join('; ')}`,
  });
}

function sum(verdicts: readonly LedgerVerdict[], of: (verdict: LedgerVerdict) => number): number {
  return verdicts.reduce((total, verdict) => total + of(verdict), 0);
}
