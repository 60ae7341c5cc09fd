import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { LifelineOrder } from './lifeline.ts';

/** The keeper's program: see `lifeline.ts`. Its only input is the owner's pipe, its only argument the directory. */
const held = new Set<number>();
const directory = process.argv[2];
let goodbye = false;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as LifelineOrder;
  if (order.hold) held.add(order.hold);
  if (order.release) held.delete(order.release);
  if (order.goodbye) goodbye = true;
}
if (!goodbye) endAll();

function endAll(): void {
  // A postmaster's children are in sessions of their own making: they end when it does, by their own lifeline.
  for (const pid of held) for (const target of [-pid, pid]) kill(target);
  if (directory) rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
