import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';

test('a container ends when its owner is killed', async () => {
  const module = new URL('./container-process.ts', import.meta.url).href;
  const log = new URL('./container-log.ts', import.meta.url).href;
  const program = fileURLToPath(new URL('../testing/program.ts', import.meta.url));
  const source = `
    const { startProcess } = await import(${JSON.stringify(module)});
    const { createContainerLog } = await import(${JSON.stringify(log)});
    const started = await startProcess({
      command: ['node', ${JSON.stringify(program)}],
      environment: { TERM_MS: '1' },
      network: { podIP: '127.19.10.1', hostname: 'a', dnsServer: { address: '127.0.0.1', port: 9 }, dnsTimeoutWallMs: 1000 },
      log: createContainerLog({ now: () => new Date(), onLine: () => console.log(started.pid) }),
    });
    setInterval(() => undefined, 1000);`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(owner.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  expect(isRunning(pid)).toBe(true);
  owner.kill('SIGKILL');
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 3000 });
});

/** A zombie has ended; when it is reaped is this machine's init's affair. */
function isRunning(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/\) Z /.test(readFileSync(stat, 'utf8'));
}
