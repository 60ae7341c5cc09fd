import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { StackDescriptor } from '../provisioning/stack.ts';

/** `.stormproof/stack.json`: the stack that `up` left. It holds the control token, so only its owner may read it. */
const directory = '.stormproof';
const file = `${directory}/stack.json`;

export function writeStackFile(descriptor: StackDescriptor): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, `${JSON.stringify(descriptor, undefined, 2)}\n`, { mode: 0o600 });
}

export function readStackFile(path = file): StackDescriptor | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as StackDescriptor;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

export function removeStackFile(): void {
  rmSync(file, { force: true });
}
