import { forcedFailover } from '../../fixtures/faults/database/forced-failover.ts';
import { createApplicationSender } from '../../fixtures/ledger/application-sender.ts';
import { checkLedger } from '../../fixtures/ledger/check-ledger.ts';
import { readRowsBySql } from '../../fixtures/ledger/final-rows.ts';
import { startWriters } from '../../fixtures/ledger/writers.ts';
import { watchUsers } from '../../fixtures/load/watch-users.ts';
import { defectMutant } from '../../fixtures/mutants/defect.ts';
import { Inconclusive, must } from '../../fixtures/outcome.ts';
import { connectSql } from '../../fixtures/probes/sql.ts';
import { requirement } from '../../fixtures/requirement.ts';
import type { Session } from '../../fixtures/session.ts';

/** Stack milliseconds of calm writing before the failover and after it. */
const calmMs = 20_000;
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
    mutants: [defectMutant('asynchronous-standby', /Acknowledged writes are lost/)],
  },
  async (session) => {
    const { clock, faults, viewer, evidence, writes, signal } = session;
    const users = watchUsers(session, '/api/v1/entries');
    const sender = viewer();
    await using writers = startWriters({
      send: createApplicationSender({
        request: (url, options) => sender.request(url, options),
        baseUrl: session.url(''),
        timeoutWallMs: clock.ioTimeoutWallMs(30_000),
      }),
      concurrency: 200,
      perWallSecond: 15,
      signal,
    });
    await clock.sleep(calmMs, signal);
    const startedAt = Date.now();
    const fault = await faults.inject(forcedFailover);
    await fault.end();
    const endedAt = Date.now();
    await clock.sleep(calmMs, signal);
    const operations = await writers.stop();
    await users.stop();
    const rows = await finalRows(session, writers.prefix);
    const verdict = checkLedger(operations, rows, { fault: { startedAt, endedAt }, least });
    writes({
      acknowledged: verdict.acknowledged,
      indeterminate: verdict.indeterminate,
      lost: verdict.lost.length,
      repeated: verdict.repeated.length,
    });
    evidence('ledger', { ...verdict, lost: verdict.lost.slice(0, 10), unsent: writers.unsent });
    must(verdict.lost.length === 0, 'Acknowledged writes are lost across the failover', {
      expected: 'none',
      observed: `${verdict.lost.length} of ${verdict.acknowledged}, first ${verdict.lost[0]?.key}`,
    });
    must(verdict.verdict !== 'fail', 'Writes are repeated, or there though they were refused', {
      expected: 'every write once, refused ones never',
      observed: verdict.reasons,
    });
    if (writers.unsent > 0)
      throw new Inconclusive(`${writers.unsent} writes were due while every writer was busy`);
    if (verdict.verdict === 'inconclusive') throw new Inconclusive(verdict.reasons.join('; '));
  },
);

async function finalRows(
  { stack, dialer }: Session,
  prefix: string,
): Promise<readonly { readonly key: string }[]> {
  const client = await connectSql(stack, dialer);
  try {
    return await readRowsBySql((text, values) => client.query(text, values), { table: 'entries', prefix });
  } finally {
    await client.end();
  }
}
