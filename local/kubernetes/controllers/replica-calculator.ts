/** One pod as the autoscaler sees it. Usage and request are in the metric's own unit (cores or bytes). */
export interface PodMetric {
  readonly name: string;
  /** Absent when the metrics API has nothing for the pod. */
  readonly usage?: number;
  readonly request: number;
  /** A starting pod's CPU says nothing about the load. */
  readonly unready: boolean;
}

export interface MetricTarget {
  /** Percent of the request. */
  readonly averageUtilization?: number;
  readonly averageValue?: number;
}

export interface Proposal {
  readonly replicas: number;
  /** What is shown in `status.currentMetrics`. */
  readonly averageUtilization?: number;
  readonly averageValue: number;
}

/** `--horizontal-pod-autoscaler-tolerance`. */
const tolerance = 0.1;

/**
 * `calcPlainMetricReplicas` and `GetResourceReplicas`: a missing pod is taken to weigh against the move, a starting
 * one to idle when the move is up. Throws when no pod has a metric.
 */
export function proposeReplicas(current: number, pods: readonly PodMetric[], target: MetricTarget): Proposal {
  const measured = pods.filter((pod) => pod.usage !== undefined && !pod.unready);
  if (measured.length === 0)
    throw new Error('did not receive metrics for targeted pods (pods might be unready)');
  const missing = pods.filter((pod) => pod.usage === undefined && !pod.unready);
  const unready = pods.filter((pod) => pod.unready);
  const ratio = ratioOf(measured, target);
  const shown = describe(measured, target);
  if (missing.length === 0 && (unready.length === 0 || ratio <= 1)) {
    return {
      ...shown,
      replicas: withinTolerance(ratio) ? current : Math.ceil(noiseless(ratio * measured.length)),
    };
  }
  const assumed = [
    ...measured,
    ...missing.map((pod) => ({ ...pod, usage: ratio < 1 ? targetUsage(pod, target) : 0 })),
    ...(ratio > 1 ? unready.map((pod) => ({ ...pod, usage: 0 })) : []),
  ];
  const nextRatio = ratioOf(assumed, target);
  const turned = (ratio < 1 && nextRatio > 1) || (ratio > 1 && nextRatio < 1);
  if (withinTolerance(nextRatio) || turned) return { ...shown, replicas: current };
  const replicas = Math.ceil(noiseless(nextRatio * assumed.length));
  const against = (nextRatio < 1 && replicas > current) || (nextRatio > 1 && replicas < current);
  return { ...shown, replicas: against ? current : replicas };
}

function withinTolerance(ratio: number): boolean {
  return Math.abs(1 - ratio) <= tolerance + 1e-9;
}

/** Usage over target: of the requests' sum, or of the average value. */
function ratioOf(pods: readonly PodMetric[], target: MetricTarget): number {
  if (target.averageUtilization !== undefined) return utilization(pods) / target.averageUtilization;
  return average(pods) / (target.averageValue ?? Number.NaN);
}

/** Whole percent, as Kubernetes computes it. */
function utilization(pods: readonly PodMetric[]): number {
  const requested = pods.reduce((sum, { request }) => sum + request, 0);
  if (requested === 0) throw new Error('no metrics returned matched known pods');
  return Math.trunc(noiseless((total(pods) * 100) / requested));
}

/** At least the whole request: a lost metric must not shrink a deployment (kubernetes#117200). */
function targetUsage({ request }: PodMetric, target: MetricTarget): number {
  if (target.averageUtilization === undefined) return target.averageValue ?? 0;
  return (request * Math.max(100, target.averageUtilization)) / 100;
}

function describe(pods: readonly PodMetric[], target: MetricTarget): Omit<Proposal, 'replicas'> {
  if (target.averageUtilization === undefined) return { averageValue: average(pods) };
  return { averageUtilization: utilization(pods), averageValue: average(pods) };
}

function average(pods: readonly PodMetric[]): number {
  return total(pods) / pods.length;
}

function total(pods: readonly PodMetric[]): number {
  return pods.reduce((sum, { usage = 0 }) => sum + usage, 0);
}

/** Binary fractions must not turn 3.0000000000000004 into 4. */
function noiseless(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}
