import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs a program beside the container, in its environment; ends it and its children at the time limit. */
export async function executeCommand(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  timeoutWallMs: number,
): Promise<{ exitCode: number; output: string }> {
  const child = spawn(program, args, {
    cwd: '/',
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      if (output.length < longestOutput) output += chunk.toString();
    });
  }
  const timer = AbortSignal.timeout(timeoutWallMs);
  const kill = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  timer.addEventListener('abort', kill, { once: true });
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    if (timer.aborted) return { exitCode: 137, output: 'command timed out' };
    return { exitCode: code ?? 137, output };
  } catch (error) {
    return { exitCode: 126, output: error instanceof Error ? error.message : String(error) };
  } finally {
    timer.removeEventListener('abort', kill);
  }
}

const longestOutput = 10 * 1024;
