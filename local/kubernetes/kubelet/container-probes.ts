import type { V1Container, V1Probe } from '@kubernetes/client-node';
import type { Clock } from '../../base/clock.ts';
import type { ProbeTarget } from './probe.ts';
import { runProbe } from './probe.ts';
import type { ProbeKind } from './probe-worker.ts';
import { runProbeWorker } from './probe-worker.ts';

export interface ContainerProbesOptions {
  readonly spec: V1Container;
  readonly clock: Clock;
  /** The process: readiness goes on while the container ends, so that endpoints stay true. */
  readonly life: AbortSignal;
  /** Ends earlier: a container that is being stopped is not restarted by a probe. */
  readonly checks: AbortSignal;
  target(timeoutWallMs: number): ProbeTarget;
  onUnhealthy(message: string): void;
  onReady(ready: boolean): void;
  onStarted(): void;
  onFailed(kind: 'startup' | 'liveness', probe: V1Probe): void;
}

/** The probes of one run of a container; the startup probe holds the others back. */
export function startContainerProbes(options: ContainerProbesOptions): void {
  const { spec, life, checks } = options;
  const begin = (): void => {
    start(options, 'readiness', life, options.onReady);
    start(options, 'liveness', checks, (success) => {
      if (!success && spec.livenessProbe) options.onFailed('liveness', spec.livenessProbe);
    });
  };
  const { startupProbe } = spec;
  if (!startupProbe) {
    begin();
    return;
  }
  start(options, 'startup', checks, (success) => {
    if (success) {
      options.onStarted();
      begin();
    } else {
      options.onFailed('startup', startupProbe);
    }
  });
}

function start(
  { spec, clock, target, onUnhealthy }: ContainerProbesOptions,
  kind: ProbeKind,
  signal: AbortSignal,
  onResult: (success: boolean) => void,
): void {
  const probe = spec[`${kind}Probe`];
  if (!probe) return;
  const title = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
  const done = runProbeWorker({
    probe,
    kind,
    clock,
    signal,
    attempt: (timeoutWallMs) => runProbe(probe, target(timeoutWallMs)),
    onFailure: (message) => onUnhealthy(`${title} probe failed: ${message}`),
    onResult,
  });
  done.catch((error: unknown) => onUnhealthy(`${title} probe errored: ${error}`));
}
