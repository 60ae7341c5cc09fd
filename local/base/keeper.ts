import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import type { LifelineOrder } from './lifeline.ts';
import { removeDirectory } from './remove-directory.ts';

/** The keeper's program: see `lifeline.ts`. Its only input is the owner's pipe, its only argument the directory. */
const held = new Map<number, { readonly quitFirst: boolean }>();
const directory = process.argv[2];
let goodbye = false;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as LifelineOrder;
  if (order.hold) held.set(order.hold, { quitFirst: order.quitFirst === true });
  if (order.release) held.delete(order.release);
  if (order.goodbye) goodbye = true;
}
if (!goodbye) await endAll();

async function endAll(): Promise<void> {
  const quitting = [...held].filter(([, { quitFirst }]) => quitFirst);
  for (const [pid] of quitting) send(pid, 'SIGQUIT');
  if (quitting.length > 0) await wait(1000);
  for (const pid of held.keys()) for (const target of [-pid, pid]) send(target, 'SIGKILL');
  if (directory) removeDirectory(directory);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
