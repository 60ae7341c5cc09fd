import type { V1JobSpec, V1Pod } from '@kubernetes/client-node';
import { isActive, isReady } from '../pods.ts';

export interface JobVerdict {
  readonly type: 'Complete' | 'Failed';
  readonly reason: string;
  readonly message: string;
}

/** Undefined while the job goes on. `runningForMs` is stack time. */
export function judgeJob(
  spec: V1JobSpec | undefined,
  pods: readonly V1Pod[],
  runningForMs: number,
): JobVerdict | undefined {
  if (failuresOf(spec, pods) > (spec?.backoffLimit ?? 6)) {
    const message = 'Job has reached the specified backoff limit';
    return { type: 'Failed', reason: 'BackoffLimitExceeded', message };
  }
  const deadline = spec?.activeDeadlineSeconds;
  if (deadline !== undefined && !spec?.suspend && runningForMs >= deadline * 1000) {
    const message = 'Job was active longer than specified deadline';
    return { type: 'Failed', reason: 'DeadlineExceeded', message };
  }
  return isDone(spec, pods)
    ? { type: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' }
    : undefined;
}

/** How many pods to add now, and which to take away. */
export function podsToRun(
  spec: V1JobSpec | undefined,
  pods: readonly V1Pod[],
): { start: number; stop: readonly V1Pod[] } {
  const active = pods.filter(isActive);
  const wanted = spec?.suspend ? 0 : wantedActive(spec, pods, active.length);
  const excess = [...active].sort((left, right) => Number(isReady(left)) - Number(isReady(right)));
  return {
    start: Math.max(0, wanted - active.length),
    stop: excess.slice(0, Math.max(0, active.length - wanted)),
  };
}

/** 10 s doubling with each failed pod, six minutes at most ("Pod backoff failure policy"). */
export function retryDelayMs(failedPods: number): number {
  return failedPods === 0 ? 0 : Math.min(360_000, 10_000 * 2 ** (failedPods - 1));
}

function wantedActive(spec: V1JobSpec | undefined, pods: readonly V1Pod[], active: number): number {
  const succeeded = count(pods, 'Succeeded');
  const parallelism = spec?.parallelism ?? 1;
  // A work queue (no completions): once one succeeded no new pod starts.
  if (spec?.completions === undefined) return succeeded > 0 ? active : parallelism;
  return Math.min(parallelism, spec.completions - succeeded);
}

function isDone(spec: V1JobSpec | undefined, pods: readonly V1Pod[]): boolean {
  const succeeded = count(pods, 'Succeeded');
  if (spec?.completions !== undefined) return succeeded >= spec.completions;
  return succeeded > 0 && !pods.some(isActive);
}

/** With `OnFailure` the containers restart in their pod, and their restarts count. */
function failuresOf(spec: V1JobSpec | undefined, pods: readonly V1Pod[]): number {
  const failed = count(pods, 'Failed');
  if (spec?.template?.spec?.restartPolicy !== 'OnFailure') return failed;
  const restarts = pods
    .filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending')
    .flatMap(({ status }) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])])
    .reduce((sum, { restartCount }) => sum + restartCount, 0);
  // `pastBackoffLimitOnFailure`: a limit of zero is passed by the first restart, others when they are reached.
  const reached = restarts > 0 && restarts >= (spec.backoffLimit ?? 6);
  return reached ? Number.POSITIVE_INFINITY : failed;
}

function count(pods: readonly V1Pod[], phase: string): number {
  return pods.filter(({ status }) => status?.phase === phase).length;
}
