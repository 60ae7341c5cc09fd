import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isRunnerAlive, readRunner } from '../../fixtures/safety/runner-process.ts';
import { requestStop } from '../../fixtures/safety/stop-request.ts';
import { buildReport } from '../../reports/build.ts';
import { journalName, readJournal } from '../../reports/journal.ts';
import type { Report } from '../../reports/report.ts';
import { exitCodes } from '../../reports/verdict.ts';
import { UsageError } from '../usage-error.ts';

const pollMs = 250;

/**
 * Asks the run to end as a Ctrl-C does, and waits until it has: 0 when everything is off, 6 when something is not, 2 when
 * there is no run to stop. May be called twice, also at the same time.
 */
export async function stop(directory: string): Promise<number> {
  const runner = readRunner(directory);
  if (!runner || !existsSync(join(directory, journalName)))
    throw new UsageError(`Cannot stop a run: "${directory}" is not the directory of one`);
  const alive = isRunnerAlive(runner);
  if (alive === undefined)
    throw new UsageError(`Cannot stop run ${runner.runId}: it is on host ${runner.host}, call stop there`);
  if (!alive) throw new UsageError(noLivingRun(directory, runner.runId));
  requestStop(directory);
  let asked = false;
  while (isRunnerAlive(runner)) {
    if (!asked && isAcknowledged(directory)) {
      asked = true;
      console.error(`run ${runner.runId} takes everything off`);
    }
    await wait(pollMs);
  }
  return ended(directory, buildReport(readJournal(directory)));
}

function noLivingRun(directory: string, runId: string): string {
  const { leftInjected } = buildReport(readJournal(directory)).integrity;
  const left = leftInjected.length === 0 ? 'nothing is left injected' : leftText(directory, leftInjected);
  return `Cannot stop run ${runId}: there is no living run, its process is gone; ${left}`;
}

function ended(directory: string, { runId, integrity }: Report): number {
  const { leftInjected, complete, abortedBy } = integrity;
  const how = !complete ? 'was killed' : abortedBy ? `ended: ${abortedBy}` : 'had finished by itself';
  console.error(`run ${runId} ${how}`);
  console.error(leftInjected.length === 0 ? 'nothing is left injected' : leftText(directory, leftInjected));
  return leftInjected.length === 0 ? 0 : exitCodes.leftInjected;
}

function leftText(directory: string, left: readonly string[]): string {
  return `STILL INJECTED: ${left.join(', ')} — run: stormproof recover ${directory}`;
}

function isAcknowledged(directory: string): boolean {
  return readJournal(directory).events.some(
    (event) => event.type === 'safety' && event.kind === 'stop-request',
  );
}
