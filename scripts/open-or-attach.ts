import { isAlive } from '../provisioning/control.ts';
import type { OpenedStack, OpenOptions } from '../provisioning/open.ts';
import { openStack } from '../provisioning/open.ts';
import { readStackFile } from './stack-file.ts';

/** A stack that `up` left is used and stays; otherwise one is brought, and taken down afterwards. */
export async function openOrAttach(options: Omit<OpenOptions, 'stays'>): Promise<OpenedStack> {
  const left = readStackFile();
  if (!left || !(await isAlive(left))) return openStack({ ...options, stays: false });
  options.say(`attached to the stack of "up" (${left.id})`);
  return { descriptor: left, [Symbol.asyncDispose]: async () => undefined };
}
