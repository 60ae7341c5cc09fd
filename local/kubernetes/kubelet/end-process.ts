import type { V1LifecycleHandler } from '@kubernetes/client-node';
import type { Clock } from '../../base/clock.ts';
import type { ContainerProcess } from './container-process.ts';
import { runHook } from './hook.ts';
import type { ProbeTarget } from './probe.ts';

export interface EndProcessOptions {
  readonly process: ContainerProcess;
  readonly preStop: V1LifecycleHandler | undefined;
  readonly target: ProbeTarget;
  readonly clock: Clock;
  /** Aborts when the grace period is over. */
  readonly force: AbortSignal;
  onHookFailed(message: string): void;
}

/** Kubelet's `minimumGracePeriodInSeconds`: what a process has after a hook that used its time up. */
const leastGraceMs = 2_000;

/** The hook, SIGTERM, and SIGKILL to the whole group when time is up (Kubernetes documentation, "Pod Lifecycle"). */
export async function endProcess(options: EndProcessOptions): Promise<void> {
  const { process, preStop, clock, force } = options;
  if (preStop) await runPreStop(options, preStop);
  process.signal('SIGTERM');
  const kill = (): void => process.signalGroup('SIGKILL');
  if (force.aborted) clock.after(preStop ? leastGraceMs : 0, kill, exitSignal(process));
  else force.addEventListener('abort', kill, { once: true });
  await process.exited;
  force.removeEventListener('abort', kill);
}

async function runPreStop(options: EndProcessOptions, handler: V1LifecycleHandler): Promise<void> {
  const { process, target, clock, force, onHookFailed } = options;
  const outOfTime = new Promise<string>((resolve) => {
    if (force.aborted) resolve('out of time');
    force.addEventListener('abort', () => resolve('out of time'), { once: true });
  });
  const hook = runHook(handler, target, clock, AbortSignal.any([force, exitSignal(process)]));
  const failure = await Promise.race([hook, outOfTime, process.exited.then(() => undefined)]);
  if (failure !== undefined) onHookFailed(`PreStopHook failed: ${failure}`);
}

/** Aborts when the process is gone. */
function exitSignal({ exited }: ContainerProcess): AbortSignal {
  const gone = new AbortController();
  void exited.then(() => gone.abort());
  return gone.signal;
}
