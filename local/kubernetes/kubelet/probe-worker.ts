import type { V1Probe } from '@kubernetes/client-node';
import type { Clock } from '../../base/clock.ts';
import type { ProbeFailure } from './probe.ts';

export type ProbeKind = 'startup' | 'readiness' | 'liveness';

export interface ProbeWorkerOptions {
  readonly probe: V1Probe;
  readonly kind: ProbeKind;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** One attempt, in real time. */
  attempt(timeoutWallMs: number): Promise<ProbeFailure>;
  /** The result changed for good: threshold reached. */
  onResult(success: boolean): void;
  /** Every failed attempt. */
  onFailure(message: string): void;
}

/** Probes at a fixed pace until the signal aborts; a startup probe also ends with its first success. */
export async function runProbeWorker(options: ProbeWorkerOptions): Promise<void> {
  const { probe, kind, clock, signal } = options;
  const judge = createThresholds(probe, kind);
  const timeoutWallMs = clock.ioTimeoutWallMs((probe.timeoutSeconds ?? 1) * 1000);
  const periodMs = (probe.periodSeconds ?? 10) * 1000;
  let dueMs = clock.elapsedMs() + (probe.initialDelaySeconds ?? 0) * 1000;
  try {
    while (true) {
      await clock.sleep(dueMs - clock.elapsedMs(), signal);
      const failure = await options.attempt(timeoutWallMs);
      if (signal.aborted) return;
      if (failure !== undefined) options.onFailure(failure);
      const result = judge(failure === undefined);
      if (result !== undefined) options.onResult(result);
      if (kind === 'startup' && result) return;
      // A ticker drops the ticks that a slow probe missed.
      dueMs += periodMs * Math.max(1, Math.ceil((clock.elapsedMs() - dueMs) / periodMs));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Gives the new result when a run of equal attempts is long enough, and again with each further one. */
export function createThresholds(
  { successThreshold = 1, failureThreshold = 3 }: V1Probe,
  kind: ProbeKind,
): (success: boolean) => boolean | undefined {
  let last: boolean | undefined;
  let run = 0;
  return (success) => {
    run = success === last ? run + 1 : 1;
    last = success;
    // "Must be 1 for liveness and startup Probes."
    const needed = success ? (kind === 'readiness' ? successThreshold : 1) : failureThreshold;
    return run >= needed ? success : undefined;
  };
}
