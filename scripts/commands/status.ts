import { join } from 'node:path';
import { isRunnerAlive, readRunner } from '../../fixtures/safety/runner-process.ts';
import { isAlive } from '../../provisioning/control.ts';
import { readStackFile } from '../stack-file.ts';
import type { JsonOption } from './options.ts';
import { latestReport } from './report.ts';

export async function status({ json }: JsonOption): Promise<number> {
  const descriptor = readStackFile();
  const stack = descriptor && (await isAlive(descriptor)) ? descriptor : undefined;
  const last = latestReport();
  const runner = readRunner(join('reports', 'out', 'latest'));
  const running = runner && isRunnerAlive(runner) ? runner : undefined;
  const state = {
    stack: stack
      ? { id: stack.id, preset: stack.preset, speed: stack.speed, startedAt: stack.startedAt }
      : undefined,
    running: running && { runId: running.runId, pid: running.pid, startedAt: running.startedAt },
    lastRun: last && { runId: last.runId, verdict: last.verdict, complete: last.integrity.complete },
    leftInjected: last?.integrity.leftInjected ?? [],
  };
  if (json) process.stdout.write(`${JSON.stringify(state, undefined, 2)}\n`);
  else {
    process.stdout.write(
      stack ? `up: ${stack.id} (${stack.preset}, speed ${stack.speed})\n` : 'no stack is up\n',
    );
    if (running)
      process.stdout.write(
        `running: ${running.runId} (process ${running.pid}); end it with: stormproof stop\n`,
      );
    else if (last) process.stdout.write(`last run: ${last.runId}: ${last.headline}\n`);
    if (!running && state.leftInjected.length > 0)
      process.stdout.write(`LEFT INJECTED: ${state.leftInjected.join(', ')} — run: stormproof recover\n`);
  }
  return 0;
}
