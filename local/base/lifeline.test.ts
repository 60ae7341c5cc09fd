import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';

const lifelineUrl = new URL('./lifeline.ts', import.meta.url).href;

/** An owner in a process of its own: holds a child, says its pid, and ends as it is told. */
function startOwner(directory: string, ending: 'wait' | 'dispose') {
  const program = `
    import { spawn } from 'node:child_process';
    import { startLifeline } from ${JSON.stringify(lifelineUrl)};
    const lifeline = startLifeline({ directory: ${JSON.stringify(directory)} });
    const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
    lifeline.hold(child.pid);
    console.log(child.pid);
    if (${JSON.stringify(ending)} === 'dispose') { await lifeline[Symbol.asyncDispose](); process.exit(0); }
    setInterval(() => undefined, 1000);`;
  return spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function heldPid(owner: ReturnType<typeof startOwner>): Promise<number> {
  const [line] = await once(createInterface({ input: owner.stdout }), 'line');
  return Number(line);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('what a killed owner held ends with it, and its directory goes', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'stormproof-lifeline-'));
  const owner = startOwner(directory, 'wait');
  const pid = await heldPid(owner);
  expect(isRunning(pid)).toBe(true);
  owner.kill('SIGKILL');
  await expect.poll(() => isRunning(pid) || existsSync(directory), { timeout: 10_000 }).toBe(false);
});

test('an owner that says goodbye keeps what it held', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'stormproof-lifeline-'));
  const owner = startOwner(directory, 'dispose');
  const pid = await heldPid(owner);
  await once(owner, 'exit');
  expect(isRunning(pid)).toBe(true);
  expect(existsSync(directory)).toBe(true);
  process.kill(pid, 'SIGKILL');
  rmSync(directory, { recursive: true });
});
