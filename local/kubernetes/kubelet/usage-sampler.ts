import type { Clock } from '../../base/clock.ts';
import type { PodWorker } from './pod-worker.ts';
import type { ProcessUsage } from './process-usage.ts';
import { readUsage } from './process-usage.ts';

export interface ContainerUsage {
  readonly name: string;
  readonly cpuCores: number;
  readonly memoryBytes: number;
}

/** What the metrics API shows of a pod. CPU is CPU seconds by wall seconds (design §4). */
export interface UsageSample {
  readonly containers: readonly ContainerUsage[];
  readonly timestamp: Date;
  /** By the stack's clock. */
  readonly sampledAtMs: number;
  readonly windowMs: number;
}

export interface UsageSamplerOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  pods(): readonly PodWorker[];
}

/** metrics-server's `--metric-resolution`. */
const periodMs = 15_000;
/** /proc counts in hundredths of a second: less would measure noise. */
const leastPeriodWallMs = 500;

/** By process identifier; the container's first process comes first. */
type Reading = ReadonlyMap<number, ProcessUsage>;

export function startUsageSampler({ clock, signal, pods }: UsageSamplerOptions): {
  usageOf(pod: PodWorker): UsageSample | undefined;
} {
  const samples = new WeakMap<PodWorker, UsageSample>();
  const readings = new WeakMap<PodWorker, Map<string, Reading>>();
  let lastMs = clock.elapsedMs();

  const sample = (pod: PodWorker, nowMs: number): void => {
    const before = readings.get(pod) ?? new Map<string, Reading>();
    const after = new Map<string, Reading>();
    const containers: ContainerUsage[] = [];
    const wallSeconds = clock.toWallMs(nowMs - lastMs) / 1000;
    for (const { group, spec } of pod.containers) {
      const reading = read(group?.leaders ?? []);
      const earlier = before.get(spec.name);
      if (reading.size === 0) continue;
      after.set(spec.name, reading);
      if (!earlier || firstOf(earlier) !== firstOf(reading)) continue;
      containers.push({
        name: spec.name,
        cpuCores: cpuSecondsBetween(earlier, reading) / wallSeconds,
        memoryBytes: memoryOf(reading),
      });
    }
    readings.set(pod, after);
    // metrics-server shows a pod only when it has all of its running containers.
    if (containers.length > 0 && containers.length === after.size) {
      samples.set(pod, { containers, timestamp: clock.now(), sampledAtMs: nowMs, windowMs: nowMs - lastMs });
    } else {
      samples.delete(pod);
    }
  };

  const tick = (): void => {
    const nowMs = clock.elapsedMs();
    for (const pod of pods()) sample(pod, nowMs);
    lastMs = nowMs;
  };
  clock.every(Math.max(periodMs, clock.toStackMs(leastPeriodWallMs)), tick, signal);
  return { usageOf: (pod) => samples.get(pod) };
}

/** Resident memory of a container's processes, as the metrics API counts it. */
export function memoryBytesOf(leaders: readonly number[]): number {
  return memoryOf(read(leaders));
}

function read(leaders: readonly number[]): Reading {
  return new Map(
    leaders.flatMap((pid) => {
      const usage = readUsage(pid);
      return usage ? [[pid, usage]] : [];
    }),
  );
}

function firstOf(reading: Reading): number | undefined {
  return reading.keys().next().value;
}

function memoryOf(reading: Reading): number {
  return [...reading.values()].reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
}

/** A process that began in between began at zero. */
function cpuSecondsBetween(earlier: Reading, later: Reading): number {
  return [...later].reduce(
    (sum, [pid, { cpuSeconds }]) => sum + Math.max(0, cpuSeconds - (earlier.get(pid)?.cpuSeconds ?? 0)),
    0,
  );
}
