import type {
  V1Deployment,
  V1Pod,
  V2HorizontalPodAutoscaler,
  V2HorizontalPodAutoscalerCondition,
  V2MetricStatus,
} from '@kubernetes/client-node';
import type { KubernetesApi, Resource } from '../api.ts';
import { compileLabelSelector } from '../apiserver/label-selector.ts';
import { withCondition } from '../conditions.ts';
import type { EventRecorder } from '../events.ts';
import { writeStatus } from '../object-changes.ts';
import { keyOf, splitKey } from '../pods.ts';
import { createReconciler } from '../reconciler.ts';
import { resources } from '../resources.ts';
import { stamp } from '../timestamps.ts';
import type { ControllerContext } from './controller.ts';
import type { PodUsage } from './pod-metrics.ts';
import { judgeMetrics } from './pod-metrics.ts';
import type { Limited, ScalingHistory } from './scaling-behavior.ts';
import { limitScaling } from './scaling-behavior.ts';

/** `--horizontal-pod-autoscaler-sync-period`. */
const syncPeriodMs = 15_000;
const longestPeriodMs = 1_800_000;

export interface AutoscalerContext extends ControllerContext {
  /** The metrics API: undefined for a pod not measured yet. */
  usageOf(namespace: string, pod: string): PodUsage | undefined;
}

type Conditions = V2HorizontalPodAutoscalerCondition[];
type ScaleTarget = V1Deployment;

/** Sizes deployments by what their pods use (Kubernetes documentation, "Horizontal Pod Autoscaling"). */
export function horizontalPodAutoscaler(context: AutoscalerContext): void {
  const { api, clock, signal } = context;
  const events = context.recorder('horizontal-pod-autoscaler');
  const histories = new Map<string, ScalingHistory>();

  const reconcile = async (key: string): Promise<void> => {
    const { namespace, name } = splitKey(key);
    const scaler = api.get<V2HorizontalPodAutoscaler>(resources.horizontalPodAutoscalers, namespace, name);
    if (!scaler) return void histories.delete(key);
    const history = histories.get(key) ?? { recommendations: [], scaleUps: [], scaleDowns: [] };
    histories.set(key, history);
    await syncOne(context, events, scaler, history);
  };

  const queue = createReconciler({ name: 'horizontalpodautoscaler', clock, signal, reconcile });
  const all = (): readonly V2HorizontalPodAutoscaler[] => api.list(resources.horizontalPodAutoscalers);
  clock.every(syncPeriodMs, () => all().forEach((scaler) => void queue.enqueue(keyOf(scaler))), signal);
}

async function syncOne(
  context: AutoscalerContext,
  events: EventRecorder,
  scaler: V2HorizontalPodAutoscaler,
  history: ScalingHistory,
): Promise<void> {
  const { api, clock } = context;
  const set = conditionSetter(clock.now(), scaler);
  const target = findTarget(api, scaler);
  if (!target) {
    const { kind, name } = scaler.spec?.scaleTargetRef ?? {};
    const message = `the HPA controller was unable to get the target's current scale: ${kind} "${name}" not found`;
    events.warning(scaler, 'FailedGetScale', message);
    return write(api, scaler, { conditions: set('AbleToScale', 'False', 'FailedGetScale', message) });
  }
  set(
    'AbleToScale',
    'True',
    'SucceededGetScale',
    "the HPA controller was able to get the target's current scale",
  );
  const current = target.spec?.replicas ?? 1;
  if (current === 0) {
    const message = 'scaling is disabled since the replica count of the target is zero';
    return write(api, scaler, {
      current,
      conditions: set('ScalingActive', 'False', 'ScalingDisabled', message),
    });
  }
  const verdict = judgeMetrics(context, scaler.spec?.metrics ?? [], current, podsOf(api, target));
  for (const { reason, message } of verdict.failures) events.warning(scaler, reason, message);
  const [failure] = verdict.failures;
  if (verdict.proposal === undefined) {
    if (failure) set('ScalingActive', 'False', failure.reason, failure.message);
    const outside = clampToBounds(scaler, current);
    if (outside !== current) await rescale(context, events, scaler, target, outside, history, 'bounds');
    return write(api, scaler, {
      current,
      desired: outside,
      conditions: set.done(),
      metrics: verdict.metrics,
    });
  }
  const { metric } = verdict.proposal;
  set(
    'ScalingActive',
    'True',
    'ValidMetricFound',
    `the HPA was able to successfully calculate a replica count from ${metric}`,
  );
  const limited = decide(clock.elapsedMs(), scaler, current, verdict.proposal.replicas, history);
  describeDecision(set, limited, verdict.proposal.replicas, current);
  if (limited.replicas !== current) {
    const reason = limited.replicas > current ? `${metric} above target` : 'All metrics below target';
    await rescale(context, events, scaler, target, limited.replicas, history, reason);
    set(
      'AbleToScale',
      'True',
      'SucceededRescale',
      `the HPA controller was able to update the target scale to ${limited.replicas}`,
    );
  }
  await write(api, scaler, {
    current,
    desired: limited.replicas,
    conditions: set.done(),
    metrics: verdict.metrics,
    scaledAt: limited.replicas === current ? undefined : clock.now(),
  });
}

function decide(
  nowMs: number,
  scaler: V2HorizontalPodAutoscaler,
  current: number,
  proposed: number,
  history: ScalingHistory,
): Limited {
  const bounds = boundsOf(scaler);
  // Outside its bounds the target is put back at once, without looking at metrics.
  if (current > bounds.maxReplicas)
    return { replicas: bounds.maxReplicas, stabilized: false, limit: 'TooManyReplicas' };
  if (current < bounds.minReplicas)
    return { replicas: bounds.minReplicas, stabilized: false, limit: 'TooFewReplicas' };
  return limitScaling(nowMs, current, proposed, { behavior: scaler.spec?.behavior, bounds, history });
}

function clampToBounds(scaler: V2HorizontalPodAutoscaler, current: number): number {
  const { minReplicas, maxReplicas } = boundsOf(scaler);
  return Math.min(maxReplicas, Math.max(minReplicas, current));
}

function boundsOf({ spec }: V2HorizontalPodAutoscaler): { minReplicas: number; maxReplicas: number } {
  return { minReplicas: spec?.minReplicas ?? 1, maxReplicas: spec?.maxReplicas ?? 1 };
}

async function rescale(
  { api, clock }: AutoscalerContext,
  events: EventRecorder,
  scaler: V2HorizontalPodAutoscaler,
  target: ScaleTarget,
  replicas: number,
  history: ScalingHistory,
  why: string,
): Promise<void> {
  const current = target.spec?.replicas ?? 1;
  const { namespace, name = '' } = target.metadata ?? {};
  await api.patch(targetResource(scaler) ?? resources.deployments, namespace, name, { spec: { replicas } });
  const reason = why === 'bounds' ? boundsReason(scaler, current) : why;
  events.normal(scaler, 'SuccessfulRescale', `New size: ${replicas}; reason: ${reason}`);
  const atMs = clock.elapsedMs();
  const recent = ({ atMs: then }: { atMs: number }): boolean => then > atMs - longestPeriodMs;
  history.scaleUps = history.scaleUps.filter(recent);
  history.scaleDowns = history.scaleDowns.filter(recent);
  if (replicas > current) history.scaleUps.push({ atMs, change: replicas - current });
  else history.scaleDowns.push({ atMs, change: current - replicas });
}

function boundsReason(scaler: V2HorizontalPodAutoscaler, current: number): string {
  return current > boundsOf(scaler).maxReplicas
    ? 'Current number of replicas above Spec.MaxReplicas'
    : 'Current number of replicas below Spec.MinReplicas';
}

const scalable: Readonly<Record<string, Resource>> = {
  Deployment: resources.deployments,
  ReplicaSet: resources.replicaSets,
};

function targetResource({ spec }: V2HorizontalPodAutoscaler): Resource | undefined {
  return scalable[spec?.scaleTargetRef.kind ?? ''];
}

function findTarget(api: KubernetesApi, scaler: V2HorizontalPodAutoscaler): ScaleTarget | undefined {
  const resource = targetResource(scaler);
  return (
    resource &&
    api.get<ScaleTarget>(resource, scaler.metadata?.namespace, scaler.spec?.scaleTargetRef.name ?? '')
  );
}

function podsOf(api: KubernetesApi, target: ScaleTarget): readonly V1Pod[] {
  const matches = compileLabelSelector(target.spec?.selector);
  return api
    .list<V1Pod>(resources.pods, { namespace: target.metadata?.namespace })
    .filter((pod) => matches(pod.metadata?.labels ?? {}));
}

interface ConditionSetter {
  (type: string, status: string, reason: string, message: string): Conditions;
  done(): Conditions;
}

function conditionSetter(now: Date, { status }: V2HorizontalPodAutoscaler): ConditionSetter {
  let conditions: Conditions = [...(status?.conditions ?? [])];
  const set = (type: string, conditionStatus: string, reason: string, message: string): Conditions => {
    conditions = withCondition(conditions, { type, status: conditionStatus, reason, message }, now);
    return conditions;
  };
  return Object.assign(set, { done: () => conditions });
}

function describeDecision(
  set: ConditionSetter,
  { stabilized, limit, replicas }: Limited,
  proposed: number,
  current: number,
): void {
  if (stabilized && proposed < current) {
    set(
      'AbleToScale',
      'True',
      'ScaleDownStabilized',
      'recent recommendations were higher than current one, applying the highest recent recommendation',
    );
  } else if (stabilized && proposed > current) {
    set(
      'AbleToScale',
      'True',
      'ScaleUpStabilized',
      'recent recommendations were lower than current one, applying the lowest recent recommendation',
    );
  } else {
    set('AbleToScale', 'True', 'ReadyForNewScale', 'recommended size matches current size');
  }
  const within = limit === 'DesiredWithinRange';
  set('ScalingLimited', within ? 'False' : 'True', limit, limitMessages[limit](replicas));
}

const limitMessages: Readonly<Record<Limited['limit'], (replicas: number) => string>> = {
  DesiredWithinRange: () => 'the desired count is within the acceptable range',
  ScaleUpLimit: () => 'the desired replica count is increasing faster than the maximum scale rate',
  ScaleDownLimit: () => 'the desired replica count is decreasing faster than the maximum scale rate',
  TooManyReplicas: () => 'the desired replica count is more than the maximum replica count',
  TooFewReplicas: () => 'the desired replica count is less than the minimum replica count',
};

function write(
  api: KubernetesApi,
  scaler: V2HorizontalPodAutoscaler,
  result: {
    current?: number;
    desired?: number;
    conditions: Conditions;
    metrics?: V2MetricStatus[];
    scaledAt?: Date;
  },
): Promise<void> {
  const { status } = scaler;
  return writeStatus(api, resources.horizontalPodAutoscalers, scaler, {
    observedGeneration: scaler.metadata?.generation,
    lastScaleTime: result.scaledAt ? stamp(result.scaledAt) : status?.lastScaleTime,
    currentReplicas: result.current ?? status?.currentReplicas ?? 0,
    desiredReplicas: result.desired ?? 0,
    currentMetrics: result.metrics?.length ? result.metrics : status?.currentMetrics,
    conditions: result.conditions,
  });
}
