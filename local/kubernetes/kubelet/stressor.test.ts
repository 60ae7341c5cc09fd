import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect, test, vi } from 'vitest';

test('stressors end when their owner is killed', async () => {
  const module = new URL('./stressor.ts', import.meta.url).href;
  const source = `
    const { startStressor } = await import(${JSON.stringify(module)});
    const group = { adopt: (pid) => console.log(pid), leave: () => undefined };
    await startStressor({ kind: 'cpu', cpus: 0.1 }, group, {});
    await startStressor({ kind: 'memory', bytes: 2 ** 26 }, group, {});
    console.log('up');
    setInterval(() => undefined, 1000);`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pids: number[] = [];
  for await (const line of createInterface({ input: owner.stdout })) {
    if (line === 'up') break;
    pids.push(Number(line));
  }
  expect(pids.map(isRunning)).toEqual([true, true]);
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  await vi.waitFor(() => expect(pids.map(isRunning)).toEqual([false, false]), { timeout: 3000 });
});

/** A zombie has ended; when it is reaped is this machine's init's affair. */
function isRunning(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/\) Z /.test(readFileSync(stat, 'utf8'));
}
