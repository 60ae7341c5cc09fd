import type { V1Container } from '@kubernetes/client-node';
import type { Clock } from '../../base/clock.ts';
import { quantityValue } from '../apiserver/quantity.ts';
import type { PodWorker } from './pod-worker.ts';
import { memoryBytesOf } from './usage-sampler.ts';

export interface MemoryLimitsOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  pods(): readonly PodWorker[];
}

/** The kernel looks at each allocation; we look so often. */
const periodMs = 1_000;
const leastPeriodWallMs = 50;

/** Kills each container that uses more memory than its limit, as the kernel would. */
export function enforceMemoryLimits({ clock, signal, pods }: MemoryLimitsOptions): void {
  const enforce = (): void => {
    for (const { containers } of pods()) {
      for (const container of containers) {
        const limit = memoryLimit(container.spec);
        if (limit === undefined || !container.group) continue;
        if (memoryBytesOf(container.group.leaders) > limit) container.killForMemory();
      }
    }
  };
  clock.every(Math.max(periodMs, clock.toStackMs(leastPeriodWallMs)), enforce, signal);
}

function memoryLimit({ resources }: V1Container): number | undefined {
  const limit = resources?.limits?.memory;
  return limit === undefined ? undefined : quantityValue(limit);
}
