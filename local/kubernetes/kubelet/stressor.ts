import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { freemem } from 'node:os';
import type { ControlGroup } from './control-group.ts';
import type { KubeletPorts } from './kubelet-context.ts';
import { sendSignal } from './send-signal.ts';

export type Stress =
  | { readonly kind: 'cpu'; readonly cpus: number }
  | { readonly kind: 'memory'; readonly bytes: number };

/**
 * Starts a process beside a container that uses up CPU or memory, and resolves once it does, or was killed for it. It
 * belongs to the container: it counts in its usage and ends with it; with this process it ends by its lifeline.
 */
export async function startStressor(
  stress: Stress,
  group: ControlGroup,
  ports: Pick<KubeletPorts, 'onProcess' | 'onProcessExit'>,
): Promise<{ end(): Promise<void> }> {
  const child = spawn(process.execPath, programOf(stress), {
    cwd: '/',
    env: {},
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
  });
  const { pid, stdout } = child;
  const exited = once(child, 'exit');
  if (pid === undefined) await exited;
  if (pid === undefined || !stdout) throw new Error('Cannot stress a pod: its stressor did not start');
  child.stdio[3]?.on('error', () => child.stdio[3]?.destroy());
  ports.onProcess?.(pid);
  group.adopt(pid);
  const gone = exited.then(([code]) => {
    group.leave(pid);
    ports.onProcessExit?.(pid);
    return code as number | null;
  });
  const code = await Promise.race([once(stdout, 'data').then(() => undefined), gone]);
  if (typeof code === 'number') throw new Error(`Cannot stress a pod: the process ended with ${code}`);
  return {
    end: async () => {
      sendSignal(-pid, 'SIGKILL');
      await gone;
    },
  };
}

function programOf(stress: Stress): string[] {
  const program = new URL('./stress-program.ts', import.meta.url).pathname;
  if (stress.kind === 'cpu') {
    requirePositive('cpus', stress.cpus);
    return [program, 'cpu', String(stress.cpus)];
  }
  requirePositive('bytes', stress.bytes);
  // The machine has other tenants: their memory is not a pod's to take.
  if (stress.bytes > freemem())
    throw new RangeError(
      `Cannot stress a pod's memory: expected at most the ${freemem()} bytes that are free, got ${stress.bytes}`,
    );
  return [program, 'memory', String(stress.bytes)];
}

function requirePositive(name: string, value: number): void {
  if (!(value > 0)) throw new TypeError(`Cannot stress a pod: expected ${name} above 0, got ${value}`);
}
