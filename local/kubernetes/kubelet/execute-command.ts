import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { PodNetwork } from './container-process.ts';
import { NotExecutableError, nodeArguments } from './container-process.ts';
import type { ControlGroup } from './control-group.ts';
import type { KubeletPorts } from './kubelet-context.ts';
import { sendSignal } from './send-signal.ts';

export interface ExecuteOptions {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly network: PodNetwork;
  readonly timeoutWallMs: number;
  /** The container that it runs beside. */
  readonly group: ControlGroup | undefined;
  readonly ports: Pick<KubeletPorts, 'onProcess' | 'onProcessExit'>;
}

/** Runs a command in a container, beside its own program; ends it and its children at the time limit. */
export async function executeCommand(options: ExecuteOptions): Promise<{ exitCode: number; output: string }> {
  const { environment, timeoutWallMs, group, ports } = options;
  const child = spawn(...programOf(options), {
    cwd: '/',
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid !== undefined) {
    ports.onProcess?.(pid);
    group?.adopt(pid);
  }
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      if (output.length < longestOutput) output += chunk.toString();
    });
  }
  const timer = AbortSignal.timeout(timeoutWallMs);
  const kill = (): void => {
    if (pid !== undefined) sendSignal(-pid, 'SIGKILL');
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
    if (pid !== undefined) {
      ports.onProcessExit?.(pid);
      group?.leave(pid);
    }
  }
}

const longestOutput = 10 * 1024;

/** This machine's Node confined to the pod's network for a script, any other program as it is. */
function programOf({ command, network }: ExecuteOptions): [string, string[]] {
  try {
    return [process.execPath, nodeArguments({ command, network })];
  } catch (error) {
    if (!(error instanceof NotExecutableError)) throw error;
    const [program = '', ...args] = command;
    return [program, args];
  }
}
