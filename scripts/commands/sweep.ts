import type { Leaving } from '../../fixtures/safety/leavings.ts';
import { findLeavings } from '../../fixtures/safety/leavings.ts';
import { attach } from '../../provisioning/attach.ts';
import { isAlive } from '../../provisioning/control.ts';
import { exitCodes } from '../../reports/verdict.ts';
import { isolateEnvironment } from '../environment.ts';
import { readStackFile } from '../stack-file.ts';

/** Removes what runs created that are not alive; what cannot be removed is said, exit code 6. May be called twice. */
export async function sweep({ dryRun = false }: { readonly dryRun?: boolean }): Promise<number> {
  const descriptor = readStackFile();
  if (!descriptor || !(await isAlive(descriptor))) {
    console.error('no stack is up: what was in one is gone with it');
    return 0;
  }
  isolateEnvironment();
  await using stack = attach(descriptor);
  const leavings = await findLeavings(stack);
  if (leavings.length === 0) console.error('nothing was left');
  let failed = 0;
  for (const leaving of leavings) {
    const problem = dryRun ? undefined : await removed(leaving);
    if (problem !== undefined) failed++;
    const how = dryRun ? 'left' : problem === undefined ? 'removed' : `CANNOT BE REMOVED (${problem})`;
    process.stdout.write(`${leaving.what} of run ${leaving.runId}: ${how}\n`);
  }
  return failed === 0 ? 0 : exitCodes.leftInjected;
}

async function removed({ remove }: Leaving): Promise<string | undefined> {
  try {
    await remove();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
