import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** How much of the machine's CPUs nobody used, over a time: what is measured on a busy machine says little. */
export async function idleShare(forMs = 2000): Promise<number> {
  const before = cpuTimes();
  await wait(forMs);
  const after = cpuTimes();
  return (after.idle - before.idle) / Math.max(1, after.all - before.all);
}

/** proc(5), /proc/stat: user, nice, system, idle, iowait, … */
function cpuTimes(): { readonly idle: number; readonly all: number } {
  const [, ...times] =
    readFileSync('/proc/stat', 'utf8').split('\n')[0]?.trim().split(/\s+/).map(Number) ?? [];
  const [, , , idle = 0, ioWait = 0] = times;
  return { idle: idle + ioWait, all: times.slice(0, 8).reduce((sum, time) => sum + time, 0) };
}
