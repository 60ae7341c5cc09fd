import type { V2HorizontalPodAutoscalerBehavior, V2HPAScalingRules } from '@kubernetes/client-node';

/** What an autoscaler remembers. Instants are stack milliseconds. */
export interface ScalingHistory {
  recommendations: { atMs: number; replicas: number }[];
  scaleUps: { atMs: number; change: number }[];
  scaleDowns: { atMs: number; change: number }[];
}

export interface Limited {
  readonly replicas: number;
  readonly stabilized: boolean;
  /** Reason of the ScalingLimited condition. */
  readonly limit:
    | 'DesiredWithinRange'
    | 'ScaleUpLimit'
    | 'ScaleDownLimit'
    | 'TooManyReplicas'
    | 'TooFewReplicas';
}

export interface Bounds {
  readonly minReplicas: number;
  readonly maxReplicas: number;
}

/** Window, then rate, then bounds (Kubernetes documentation, "Horizontal Pod Autoscaling", configurable behaviour). */
export function limitScaling(
  nowMs: number,
  current: number,
  desired: number,
  {
    behavior,
    bounds,
    history,
  }: { behavior?: V2HorizontalPodAutoscalerBehavior; bounds: Bounds; history: ScalingHistory },
): Limited {
  const rules = withDefaults(behavior);
  const recommended = stabilize(nowMs, current, desired, rules, history);
  const stabilized = recommended !== desired;
  return { ...limitRate(nowMs, current, recommended, rules, bounds, history), stabilized };
}

interface Rules {
  readonly scaleUp: V2HPAScalingRules;
  readonly scaleDown: V2HPAScalingRules;
}

/** `--horizontal-pod-autoscaler-downscale-stabilization`. */
const downscaleWindowSeconds = 300;

function withDefaults(behavior: V2HorizontalPodAutoscalerBehavior | undefined): Rules {
  return {
    scaleUp: {
      stabilizationWindowSeconds: 0,
      policies: [
        { type: 'Pods', value: 4, periodSeconds: 15 },
        { type: 'Percent', value: 100, periodSeconds: 15 },
      ],
      ...defined(behavior?.scaleUp),
    },
    scaleDown: {
      stabilizationWindowSeconds: downscaleWindowSeconds,
      policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
      ...defined(behavior?.scaleDown),
    },
  };
}

/** Up goes to the lowest, down to the highest recommendation in its window. */
function stabilize(
  nowMs: number,
  current: number,
  desired: number,
  rules: Rules,
  history: ScalingHistory,
): number {
  const window = (rule: V2HPAScalingRules): number => (rule.stabilizationWindowSeconds ?? 0) * 1000;
  const longest = Math.max(window(rules.scaleUp), window(rules.scaleDown));
  if (history.recommendations.length === 0) history.recommendations.push({ atMs: nowMs, replicas: current });
  const within = (rule: V2HPAScalingRules): number[] =>
    history.recommendations.filter(({ atMs }) => atMs > nowMs - window(rule)).map(({ replicas }) => replicas);
  const lowest = Math.min(desired, ...within(rules.scaleUp));
  const highest = Math.max(desired, ...within(rules.scaleDown));
  history.recommendations = history.recommendations.filter(({ atMs }) => atMs > nowMs - longest);
  history.recommendations.push({ atMs: nowMs, replicas: desired });
  if (current < lowest) return lowest;
  return Math.min(current, highest);
}

function limitRate(
  nowMs: number,
  current: number,
  desired: number,
  rules: Rules,
  { minReplicas, maxReplicas }: Bounds,
  history: ScalingHistory,
): Omit<Limited, 'stabilized'> {
  if (desired > current) {
    const limit = Math.max(current, upLimit(nowMs, current, rules.scaleUp, history));
    if (desired > Math.min(maxReplicas, limit)) {
      return maxReplicas > limit
        ? { replicas: limit, limit: 'ScaleUpLimit' }
        : { replicas: maxReplicas, limit: 'TooManyReplicas' };
    }
  } else if (desired < current) {
    const limit = Math.min(current, downLimit(nowMs, current, rules.scaleDown, history));
    if (desired < Math.max(minReplicas, limit)) {
      return minReplicas < limit
        ? { replicas: limit, limit: 'ScaleDownLimit' }
        : { replicas: minReplicas, limit: 'TooFewReplicas' };
    }
  }
  return { replicas: desired, limit: 'DesiredWithinRange' };
}

function upLimit(nowMs: number, current: number, rule: V2HPAScalingRules, history: ScalingHistory): number {
  if (rule.selectPolicy === 'Disabled') return current;
  const limits = (rule.policies ?? []).map(({ type, value, periodSeconds }) => {
    const start = startOfPeriod(nowMs, current, periodSeconds, history);
    return type === 'Pods' ? start + value : Math.ceil(start * (1 + value / 100));
  });
  return rule.selectPolicy === 'Min' ? Math.min(...limits) : Math.max(...limits);
}

function downLimit(nowMs: number, current: number, rule: V2HPAScalingRules, history: ScalingHistory): number {
  if (rule.selectPolicy === 'Disabled') return current;
  const limits = (rule.policies ?? []).map(({ type, value, periodSeconds }) => {
    const start = startOfPeriod(nowMs, current, periodSeconds, history);
    return type === 'Pods' ? start - value : Math.trunc(start * (1 - value / 100));
  });
  return rule.selectPolicy === 'Min' ? Math.max(...limits) : Math.min(...limits);
}

/** The size before the changes of the last period. */
function startOfPeriod(
  nowMs: number,
  current: number,
  periodSeconds: number,
  history: ScalingHistory,
): number {
  const since = nowMs - periodSeconds * 1000;
  const changes = (list: ScalingHistory['scaleUps']): number =>
    list.filter(({ atMs }) => atMs > since).reduce((sum, { change }) => sum + change, 0);
  return current - changes(history.scaleUps) + changes(history.scaleDowns);
}

function defined<T extends object>(value: T | undefined): Partial<T> {
  return Object.fromEntries(
    Object.entries(value ?? {}).filter(([, member]) => member !== undefined),
  ) as Partial<T>;
}
