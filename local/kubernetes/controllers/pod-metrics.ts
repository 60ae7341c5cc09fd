import type { V1Pod, V2MetricSpec, V2MetricStatus } from '@kubernetes/client-node';
import type { Clock } from '../../base/clock.ts';
import { canonicalQuantity, quantityValue } from '../apiserver/quantity.ts';
import { isReady, isTerminating, requestOf } from '../pods.ts';
import type { PodMetric, Proposal } from './replica-calculator.ts';
import { proposeReplicas } from './replica-calculator.ts';

/** What a pod used of late, as the metrics API gives it. */
export interface PodUsage {
  readonly cpuCores: number;
  readonly memoryBytes: number;
  /** When the sample was taken, by the stack's clock, and over how long. */
  readonly sampledAtMs: number;
  readonly windowMs: number;
  /** Since when the pod is ready, by the stack's clock; undefined while it is not. */
  readonly readySinceMs: number | undefined;
  readonly startedAtMs: number;
}

export interface MetricsVerdict {
  readonly proposal: { replicas: number; metric: string } | undefined;
  readonly metrics: V2MetricStatus[];
  readonly failures: readonly { reason: string; message: string }[];
}

interface MetricsContext {
  readonly clock: Clock;
  usageOf(namespace: string, pod: string): PodUsage | undefined;
}

/** The largest proposal wins. A metric that cannot be read never lets the target shrink. */
export function judgeMetrics(
  context: MetricsContext,
  specs: readonly V2MetricSpec[],
  current: number,
  pods: readonly V1Pod[],
): MetricsVerdict {
  const metrics: V2MetricStatus[] = [];
  const failures: { reason: string; message: string }[] = [];
  let proposal: MetricsVerdict['proposal'];
  for (const spec of specs) {
    try {
      const { replicas, metric, status } = judgeOne(context, spec, current, pods);
      metrics.push(status);
      if (!proposal || replicas > proposal.replicas) proposal = { replicas, metric };
    } catch (error) {
      failures.push({ reason: failureReason(spec), message: failureMessage(spec, error) });
    }
  }
  const shrinks = proposal !== undefined && proposal.replicas < current;
  return { proposal: failures.length > 0 && shrinks ? undefined : proposal, metrics, failures };
}

function judgeOne(context: MetricsContext, spec: V2MetricSpec, current: number, pods: readonly V1Pod[]) {
  const { name, target } = spec.resource ?? {};
  if (spec.type !== 'Resource' || !target || (name !== 'cpu' && name !== 'memory')) {
    throw new Error(
      `unable to fetch metrics from the ${spec.type} metrics API: no such metrics API is served`,
    );
  }
  const samples = pods.filter(isCounted).map((pod) => sampleOf(context, pod, name));
  const byUtilization = target.averageUtilization !== undefined;
  const without = byUtilization && pods.find((pod) => isCounted(pod) && requestOf(pod.spec, name) === 0);
  if (without) {
    const container = without.spec?.containers[0]?.name;
    throw new Error(`missing request for ${name} in container ${container} of Pod ${without.metadata?.name}`);
  }
  const result = proposeReplicas(current, samples, {
    averageUtilization: target.averageUtilization,
    averageValue: target.averageValue === undefined ? undefined : quantityValue(target.averageValue),
  });
  const metric = byUtilization ? `${name} resource utilization (percentage of request)` : `${name} resource`;
  return { replicas: result.replicas, metric, status: statusOf(name, result) };
}

/** Failed and terminating pods are left out. */
function isCounted(pod: V1Pod): boolean {
  return pod.status?.phase !== 'Failed' && !isTerminating(pod);
}

function sampleOf({ clock, usageOf }: MetricsContext, pod: V1Pod, name: 'cpu' | 'memory'): PodMetric {
  const usage = usageOf(pod.metadata?.namespace ?? '', pod.metadata?.name ?? '');
  return {
    name: pod.metadata?.name ?? '',
    usage: name === 'cpu' ? usage?.cpuCores : usage?.memoryBytes,
    request: requestOf(pod.spec, name),
    unready: pod.status?.phase === 'Pending' || (name === 'cpu' && isStarting(clock, pod, usage)),
  };
}

/** `--horizontal-pod-autoscaler-cpu-initialization-period` and `-initial-readiness-delay`. */
const initializationMs = 300_000;
const readinessDelayMs = 30_000;

/** `groupPods`: in its first five minutes a pod counts only with a sample taken wholly after it became ready. */
function isStarting(clock: Clock, pod: V1Pod, usage: PodUsage | undefined): boolean {
  if (!usage) return false;
  const { startedAtMs, readySinceMs, sampledAtMs, windowMs } = usage;
  if (clock.elapsedMs() < startedAtMs + initializationMs) {
    return !isReady(pod) || readySinceMs === undefined || sampledAtMs < readySinceMs + windowMs;
  }
  return !isReady(pod) && (readySinceMs ?? 0) < startedAtMs + readinessDelayMs;
}

function statusOf(name: string, { averageUtilization, averageValue }: Proposal): V2MetricStatus {
  const text = name === 'cpu' ? `${Math.ceil(averageValue * 1000)}m` : String(Math.ceil(averageValue));
  const current = {
    ...(averageUtilization !== undefined && { averageUtilization }),
    averageValue: canonicalQuantity(text),
  };
  return { type: 'Resource', resource: { name, current } };
}

const failureReasons: Readonly<Record<string, string>> = {
  Resource: 'FailedGetResourceMetric',
  ContainerResource: 'FailedGetContainerResourceMetric',
  Pods: 'FailedGetPodsMetric',
  Object: 'FailedGetObjectMetric',
  External: 'FailedGetExternalMetric',
};

function failureReason({ type }: V2MetricSpec): string {
  return failureReasons[type] ?? 'InvalidMetricSourceType';
}

function failureMessage({ resource }: V2MetricSpec, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const what = resource
    ? `failed to get ${resource.name} ${resource.target.averageUtilization === undefined ? 'usage' : 'utilization'}: `
    : '';
  return `the HPA was unable to compute the replica count: ${what}${text}`;
}
