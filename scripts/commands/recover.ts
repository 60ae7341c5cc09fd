import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { endFault } from '../../fixtures/faults/injector.ts';
import { faults } from '../../fixtures/faults/list.ts';
import { createDialer } from '../../fixtures/probes/dialer.ts';
import { attach } from '../../provisioning/attach.ts';
import { readDeployment } from '../../provisioning/deployment/read.ts';
import type { StackDescriptor } from '../../provisioning/stack.ts';
import { buildReport } from '../../reports/build.ts';
import type { Journal, JournalEvent } from '../../reports/journal.ts';
import { journalName, openJournal, readJournal } from '../../reports/journal.ts';
import { exitCodes } from '../../reports/verdict.ts';
import { isolateEnvironment } from '../environment.ts';
import { writeReports } from '../run-directory.ts';
import { isAlive, readStackFile } from '../stack-file.ts';
import { UsageError } from '../usage-error.ts';

/** Idempotent: faults that are proved gone are left alone, and an undo succeeds when nothing is broken. */
export async function recover(directory: string): Promise<number> {
  if (!existsSync(join(directory, journalName)))
    throw new UsageError(`Cannot recover: "${directory}" holds no ${journalName}`);
  isolateEnvironment();
  const { events } = readJournal(directory);
  const descriptor = readStackFile(join(directory, 'stack.json'));
  if (!descriptor) throw new UsageError(`Cannot recover: "${directory}" holds no stack.json`);
  const journal = openJournal(directory, () => Date.now() - Date.parse(descriptor.startedAt));
  try {
    const left = leftFaults(events);
    if (await isAlive(descriptor)) await endAll(left, events, descriptor, journal);
    else for (const { faultId } of left) journal.write({ type: 'fault-gone', faultId, by: 'stack-ended' });
    if (left.length > 0)
      journal.write({
        type: 'safety',
        kind: 'recovered',
        message: left.map(({ faultId }) => faultId).join(', '),
      });
  } finally {
    journal.close();
  }
  const report = buildReport(readJournal(directory));
  writeReports(directory, report);
  const stillLeft = report.integrity.leftInjected;
  console.error(
    stillLeft.length === 0 ? 'nothing is left injected' : `STILL INJECTED: ${stillLeft.join(', ')}`,
  );
  return stillLeft.length === 0 ? 0 : exitCodes.leftInjected;
}

type Intended = Extract<JournalEvent, { type: 'fault-intended' }>;

function leftFaults(events: readonly JournalEvent[]): readonly Intended[] {
  const gone = new Set(events.flatMap((event) => (event.type === 'fault-gone' ? [event.faultId] : [])));
  return events.filter(
    (event): event is Intended => event.type === 'fault-intended' && !gone.has(event.faultId),
  );
}

/** In reverse order; one that cannot be ended does not keep the others from it. */
async function endAll(
  left: readonly Intended[],
  events: readonly JournalEvent[],
  descriptor: StackDescriptor,
  journal: Journal,
): Promise<void> {
  await using stack = attach(descriptor);
  const started = events.find((event) => event.type === 'run-started');
  if (started?.type !== 'run-started')
    throw new UsageError('Cannot recover: the journal has no "run-started" event');
  const deployment = readDeployment(started.deployment.file);
  const hands = { stack, deployment, dialer: createDialer(descriptor), signal: new AbortController().signal };
  for (const { faultId, name, memo } of left.toReversed()) {
    const fault = faults.find((candidate) => candidate.name === name);
    if (!fault) throw new Error(`Cannot recover ${faultId}: this version knows no fault "${name}"`);
    const injected = events.findLast((event) => event.type === 'fault-injected' && event.faultId === faultId);
    const latest = injected?.type === 'fault-injected' ? injected.memo : memo;
    console.error(`taking off ${name} (${faultId})`);
    await endFault(journal, faultId, fault, hands, latest, 'recover').catch((error: Error) =>
      console.error(`${faultId}: ${error.message}`),
    );
  }
}
