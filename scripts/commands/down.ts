import { setTimeout as wait } from 'node:timers/promises';
import { removeDirectory } from '../../local/base/remove-directory.ts';
import { attachControl, isAlive } from '../../provisioning/control.ts';
import type { StackDescriptor } from '../../provisioning/stack.ts';
import { readStackFile, removeStackFile } from '../stack-file.ts';

const boundMs = 30_000;

export async function down(): Promise<number> {
  const descriptor = readStackFile();
  if (!descriptor) {
    console.error('no stack is up');
    return 0;
  }
  if (descriptor.control && (await isAlive(descriptor))) await attachControl(descriptor.control).down();
  await untilGone(descriptor);
  removeStackFile();
  console.error(`the stack "${descriptor.id}" is down`);
  return 0;
}

/** The stack's process ends when everything that it owns has ended. */
async function untilGone({ owned }: StackDescriptor): Promise<void> {
  const startedMs = performance.now();
  while (owned.pid !== undefined && isRunning(owned.pid)) {
    if (performance.now() - startedMs > boundMs)
      throw new Error(
        `Cannot take the stack down: process ${owned.pid} is still there after ${boundMs / 1000} s`,
      );
    await wait(50);
  }
  if (owned.directory) removeDirectory(owned.directory);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}
