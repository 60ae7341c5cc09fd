import { createHash, randomUUID } from 'node:crypto';
import { eventually } from '../../fixtures/eventually.ts';
import { describeDatabase } from '../../fixtures/faults/database/describe-database.ts';
import { databaseInstanceMutant } from '../../fixtures/mutants/database-instance.ts';
import { defectMutant } from '../../fixtures/mutants/defect.ts';
import { must } from '../../fixtures/outcome.ts';
import { requirement } from '../../fixtures/requirement.ts';
import type { MarkedRows } from '../../fixtures/restore/marked-rows.ts';
import { openMarkedRows } from '../../fixtures/restore/marked-rows.ts';
import {
  awaitRestored,
  deleteRestored,
  requestDeletion,
  restoreToPointInTime,
} from '../../fixtures/restore/restored-instance.ts';
import type { Session } from '../../fixtures/session.ts';
import { promised, timeouts } from '../../fixtures/timeouts.ts';

const rowsOfEach = 20;
/** Wall milliseconds between the rows and the instant: more than the clocks of two servers may differ by. */
const marginWallMs = 500;

export default requirement(
  {
    id: 'RDS-9',
    title: 'restores to a point in time',
    level: 'extended',
    layers: ['aws'],
    // Backups go on through a failover, so it need not wait for those of others, nor they for its minutes.
    observes: ['database'],
    applies: ({ database }) => database !== 'none',
    refs: [
      'Amazon RDS User Guide, Restoring a DB instance to a specified time',
      'PostgreSQL manual §25.3, Continuous Archiving and Point-in-Time Recovery',
    ],
    mutants: [
      databaseInstanceMutant('no-automated-backups', /backups are off/, 'BackupRetentionPeriod', 0),
      defectMutant('archive-loses-a-segment', /restore fails/),
      defectMutant('restore-ignores-target-time', /written after the instant/),
    ],
  },
  async (session) => {
    const { deployment, stack, clock, runId, evidence } = session;
    if (deployment.database === 'none') return;
    const { restoreSeconds } = deployment.database;
    const source = await describeDatabase(session);
    must((source.BackupRetentionPeriod ?? 0) > 0, 'Automated backups are off: nothing can be restored', {
      expected: 'a retention of a day or more',
      observed: `${source.BackupRetentionPeriod} days`,
    });
    const mark = `${runId}-${randomUUID()}`;
    const rows = await openMarkedRows(session, mark);
    session.atEnd(() => rows.remove());
    const before = await rows.write('before', rowsOfEach);
    // RDS takes whole seconds.
    const time = new Date(Math.ceil((before.at.getTime() + marginWallMs) / 1000) * 1000);
    await rows.passed(new Date(time.getTime() + marginWallMs));
    const after = await rows.write('after', rowsOfEach);
    await awaitRestorable(session, after.at);

    const target = restoredName(deployment.database.identifier, mark);
    const requestedAt = performance.now();
    session.atEnd(() => requestDeletion(stack, target));
    await restoreToPointInTime(session, source, { target, time });
    const place = await awaitRestored(session, target, restoreSeconds);
    const restored = await firstRead(session, rows, place);
    const tookStackSeconds = clock.toStackMs(performance.now() - requestedAt) / 1000;
    const present = new Set(restored);
    const lost = before.acknowledged.filter((key) => !present.has(key));
    const beyond = [...after.acknowledged, ...after.indeterminate].filter((key) => present.has(key));
    evidence('restore', {
      ...{ time, rows: present.size, acknowledgedBefore: before.acknowledged.length },
      ...{ acknowledgedAfter: after.acknowledged.length, lost, beyond, tookStackSeconds, restoreSeconds },
    });
    must(lost.length === 0, 'Rows that were acknowledged before the instant are not restored', {
      expected: `all ${before.acknowledged.length}`,
      observed: `${lost.length} lost, first ${lost[0]}`,
    });
    must(beyond.length === 0, 'Rows that were written after the instant are restored', {
      expected: 'none',
      observed: `${beyond.length} of ${after.acknowledged.length}, first ${beyond[0]}`,
    });
    must(tookStackSeconds <= restoreSeconds, 'The restore takes longer than promised', {
      expected: `at most ${restoreSeconds} s until it is read`,
      observed: `${tookStackSeconds.toFixed(1)} s`,
    });
    await deleteRestored(session, target);
  },
);

/** Later rows are in the archive too, so that a restore could take them in. */
async function awaitRestorable(session: Session, instant: Date): Promise<void> {
  await eventually({
    clock: session.clock,
    signal: session.signal,
    what: `the latest restorable time to reach ${instant.toISOString()}`,
    within: timeouts.databaseRestorable,
    look: async () => (await describeDatabase(session)).LatestRestorableTime,
    until: (latest) => latest !== undefined && latest >= instant,
  });
}

/** Its name may need a moment to be known. */
async function firstRead(
  { clock, signal }: Session,
  rows: MarkedRows,
  place: { readonly endpoint: string; readonly port: number },
): Promise<readonly string[]> {
  const { keys } = await eventually({
    clock,
    signal,
    what: 'the restored instance to be read',
    within: promised(120, 1, 'an instance that is available takes connections'),
    look: async (): Promise<{ keys?: readonly string[]; problem?: string }> =>
      rows.read(place).then(
        (keys) => ({ keys }),
        (error: Error) => ({ problem: error.message }),
      ),
    until: (seen) => seen.keys !== undefined,
  });
  return keys ?? [];
}

/** Of at most 63 characters, and another each time. */
function restoredName(identifier: string, mark: string): string {
  const run = createHash('sha256').update(mark).digest('hex').slice(0, 12);
  return `${identifier.slice(0, 40).replace(/-+$/, '')}-restored-${run}`;
}
