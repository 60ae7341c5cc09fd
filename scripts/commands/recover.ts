import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createFaultHands } from '../../fixtures/faults/hands.ts';
import { faults } from '../../fixtures/faults/list.ts';
import { endLeftFaults, leftFaults } from '../../fixtures/faults/recover.ts';
import { createDialer } from '../../fixtures/probes/dialer.ts';
import { releaseLeaseOf } from '../../fixtures/safety/lease.ts';
import type { Runner } from '../../fixtures/safety/runner-process.ts';
import { isRunnerAlive, readRunner } from '../../fixtures/safety/runner-process.ts';
import { createClock } from '../../local/base/clock.ts';
import { attach } from '../../provisioning/attach.ts';
import { isAlive } from '../../provisioning/control.ts';
import { readDeployment } from '../../provisioning/deployment/read.ts';
import type { StackDescriptor } from '../../provisioning/stack.ts';
import { buildReport } from '../../reports/build.ts';
import type { Journal, JournalEvent } from '../../reports/journal.ts';
import { journalName, openJournal, readJournal } from '../../reports/journal.ts';
import { exitCodes } from '../../reports/verdict.ts';
import { isolateEnvironment } from '../environment.ts';
import { writeReports } from '../run-directory.ts';
import { readStackFile } from '../stack-file.ts';
import { UsageError } from '../usage-error.ts';

/** Idempotent: faults that are proved gone are left alone, and an undo succeeds when nothing is broken. */
export async function recover(directory: string): Promise<number> {
  if (!existsSync(join(directory, journalName)))
    throw new UsageError(`Cannot recover: "${directory}" holds no ${journalName}`);
  isolateEnvironment();
  const runner = readRunner(directory);
  if (runner && isRunnerAlive(runner))
    throw new UsageError(
      `Cannot recover: run ${runner.runId} is alive (process ${runner.pid}), end it with: stormproof stop ${directory}`,
    );
  const { events } = readJournal(directory);
  if (!events.some(({ type }) => type === 'run-started'))
    throw new UsageError(
      `Cannot recover: the ${journalName} of "${directory}" says of no run that it started`,
    );
  const descriptor = readStackFile(join(directory, 'stack.json'));
  if (!descriptor) throw new UsageError(`Cannot recover: "${directory}" holds no stack.json`);
  const clock = createClock({ speed: descriptor.speed, startedAtUnixMs: Date.parse(descriptor.startedAt) });
  const journal = openJournal(directory, () => clock.elapsedMs());
  try {
    const ended = await endAll(directory, events, descriptor, journal);
    await giveLeaseBack(directory, runner, descriptor);
    if (ended.length > 0) journal.write({ type: 'safety', kind: 'recovered', message: ended.join(', ') });
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

/** A run that was killed holds its target until the lease expires. */
async function giveLeaseBack(
  directory: string,
  runner: Runner | undefined,
  descriptor: StackDescriptor,
): Promise<void> {
  if (!runner || !(await isAlive(descriptor))) return;
  await using stack = attach(descriptor);
  const { name } = readDeployment(join(directory, 'deployment.yaml'));
  if (await releaseLeaseOf(stack.aws.ssm, name, runner.runId)) console.error('its lease is free');
}

/** What was in a stack that is no more is gone with it. */
async function endAll(
  directory: string,
  events: readonly JournalEvent[],
  descriptor: StackDescriptor,
  journal: Journal,
): Promise<readonly string[]> {
  const left = leftFaults(events);
  if (left.length === 0) return [];
  if (!(await isAlive(descriptor))) {
    for (const { faultId } of left) journal.write({ type: 'fault-gone', faultId, by: 'stack-ended' });
    return left.map(({ faultId }) => faultId);
  }
  await using stack = attach(descriptor);
  const hands = createFaultHands({
    stack,
    deployment: readDeployment(join(directory, 'deployment.yaml')),
    dialer: createDialer(descriptor),
    signal: new AbortController().signal,
    note: (message) => journal.write({ type: 'safety', kind: 'note', message }),
  });
  const say = (message: string) => console.error(message);
  return await endLeftFaults({ events, journal, known: faults, hands, say });
}
