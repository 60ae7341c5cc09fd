import type { V1Job, V1JobSpec, V1Pod } from '@kubernetes/client-node';
import { isActive, isReady, isTerminating } from '../pods.ts';
import { failureCountOf, indexOf, isIndexed, parseIndexes } from './job-indexes.ts';
import { trackingFinalizer } from './job-pod.ts';

export interface JobVerdict {
  readonly type: 'Complete' | 'Failed';
  readonly reason: string;
  readonly message: string;
}

/** Where a job stands: what its status had counted before, and what its pods add. */
export interface JobProgress {
  readonly active: readonly V1Pod[];
  readonly succeeded: number;
  readonly failed: number;
  /** Both empty unless the job is indexed. */
  readonly completedIndexes: ReadonlySet<number>;
  readonly failedIndexes: ReadonlySet<number>;
  /** Failures of each index that is to be tried again; only with `backoffLimitPerIndex`. */
  readonly failuresOfIndex: ReadonlyMap<number, number>;
  /** Ended, and not counted yet. */
  readonly ended: { readonly succeeded: readonly V1Pod[]; readonly failed: readonly V1Pod[] };
  /** Failed, and to be counted when another pod has taken over what they know of their index. */
  readonly delayed: readonly V1Pod[];
}

export function progressOf(job: V1Job, pods: readonly V1Pod[]): JobProgress {
  const { status } = job;
  const { succeeded: uncountedSucceeded = [], failed: uncountedFailed = [] } =
    status?.uncountedTerminatedPods ?? {};
  const uncounted = new Set([...uncountedSucceeded, ...uncountedFailed]);
  const fresh = pods.filter((pod) => isTracked(pod) && !uncounted.has(pod.metadata?.uid ?? ''));
  const succeeded = fresh.filter((pod) => pod.status?.phase === 'Succeeded');
  const failed = fresh.filter((pod) => hasFailed(job, pod));
  const completedIndexes = completedOf(job, pods);
  const failuresOfIndex = countFailures(job, pods);
  const failedIndexes = failedOf(job, failuresOfIndex);
  for (const index of [...completedIndexes, ...failedIndexes]) failuresOfIndex.delete(index);
  const delayed = carriers(pods, failuresOfIndex);
  return {
    active: pods.filter(isActive),
    succeeded: isIndexed(job)
      ? completedIndexes.size
      : (status?.succeeded ?? 0) + uncountedSucceeded.length + succeeded.length,
    failed: (status?.failed ?? 0) + uncountedFailed.length + failed.length,
    completedIndexes,
    failedIndexes,
    failuresOfIndex,
    ended: { succeeded, failed: failed.filter((pod) => !delayed.has(pod)) },
    delayed: failed.filter((pod) => delayed.has(pod)),
  };
}

export function isTracked({ metadata }: V1Pod): boolean {
  return metadata?.finalizers?.includes(trackingFinalizer) ?? false;
}

/** Undefined while the job goes on. `runningForMs` is stack time. */
export function judgeJob(
  job: V1Job,
  progress: JobProgress,
  pods: readonly V1Pod[],
  runningForMs: number,
): JobVerdict | undefined {
  const { spec } = job;
  if (progress.failed > limitOf(spec) || restartsReachLimit(spec, pods)) {
    return failure('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  }
  const deadline = spec?.activeDeadlineSeconds;
  if (deadline !== undefined && !spec?.suspend && runningForMs >= deadline * 1000) {
    return failure('DeadlineExceeded', 'Job was active longer than specified deadline');
  }
  const { completedIndexes, failedIndexes } = progress;
  if (failedIndexes.size > (spec?.maxFailedIndexes ?? Number.POSITIVE_INFINITY)) {
    const message = 'Job has exceeded the specified maximal number of failed indexes';
    return failure('MaxFailedIndexesExceeded', message);
  }
  if (failedIndexes.size > 0 && completedIndexes.size + failedIndexes.size >= (spec?.completions ?? 0)) {
    return failure('FailedIndexes', 'Job has failed indexes');
  }
  return isDone(spec, progress)
    ? { type: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' }
    : undefined;
}

/** How many pods to add now, for which indexes if there are any, and which to take away. */
export function podsToRun(
  job: V1Job,
  progress: JobProgress,
): { start: number; indexes: readonly number[]; stop: readonly V1Pod[] } {
  const { active } = progress;
  const wanted = job.spec?.suspend ? 0 : wantedActive(job.spec, progress);
  const start = Math.max(0, wanted - active.length);
  const excess = [...active].sort((left, right) => Number(isReady(left)) - Number(isReady(right)));
  return {
    start,
    indexes: isIndexed(job) ? pendingIndexes(job, progress) : [],
    stop: excess.slice(0, Math.max(0, active.length - wanted)),
  };
}

/** 10 s doubling with each failed pod, six minutes at most ("Pod backoff failure policy"). */
export function retryDelayMs(failedPods: number): number {
  return failedPods === 0 ? 0 : Math.min(360_000, 10_000 * 2 ** (failedPods - 1));
}

function failure(reason: string, message: string): JobVerdict {
  return { type: 'Failed', reason, message };
}

/** A pod that is being deleted counts at once, unless replacements must wait for its end. */
function hasFailed({ spec }: V1Job, pod: V1Pod): boolean {
  const phase = pod.status?.phase;
  if (phase === 'Failed') return true;
  return spec?.podReplacementPolicy !== 'Failed' && isTerminating(pod) && phase !== 'Succeeded';
}

function completedOf(job: V1Job, pods: readonly V1Pod[]): Set<number> {
  if (!isIndexed(job)) return new Set();
  const completed = parseIndexes(job.status?.completedIndexes);
  for (const pod of pods) {
    const index = indexOf(pod);
    if (pod.status?.phase === 'Succeeded' && index !== undefined) completed.add(index);
  }
  return new Set([...completed].filter((index) => index < (job.spec?.completions ?? 0)));
}

function countFailures(job: V1Job, pods: readonly V1Pod[]): Map<number, number> {
  const counts = new Map<number, number>();
  if (job.spec?.backoffLimitPerIndex === undefined) return counts;
  for (const pod of pods) {
    const index = indexOf(pod);
    if (index === undefined) continue;
    const count = failureCountOf(pod) + (hasFailed(job, pod) ? 1 : 0);
    if (count > 0) counts.set(index, Math.max(count, counts.get(index) ?? 0));
  }
  return counts;
}

function failedOf(job: V1Job, failures: ReadonlyMap<number, number>): Set<number> {
  const limit = job.spec?.backoffLimitPerIndex;
  const before = parseIndexes(job.status?.failedIndexes);
  if (limit === undefined) return before;
  const now = [...failures].filter(([, count]) => count > limit).map(([index]) => index);
  return new Set([...before, ...now]);
}

/** Failed pods that must stay until there is one in their place which carries the index's count on. */
function carriers(pods: readonly V1Pod[], failures: ReadonlyMap<number, number>): Set<V1Pod> {
  const all = new Set<V1Pod>();
  for (const [index, count] of failures) {
    const ofIndex = pods.filter((pod) => indexOf(pod) === index);
    const carried = ofIndex.some((pod) => failureCountOf(pod) === count);
    const last = ofIndex.find((pod) => failureCountOf(pod) === count - 1);
    if (!carried && last) all.add(last);
  }
  return all;
}

function pendingIndexes(job: V1Job, progress: JobProgress): number[] {
  const taken = new Set(progress.active.map(indexOf));
  return Array.from({ length: job.spec?.completions ?? 0 }, (_, index) => index).filter(
    (index) =>
      !taken.has(index) && !progress.completedIndexes.has(index) && !progress.failedIndexes.has(index),
  );
}

function wantedActive(spec: V1JobSpec | undefined, progress: JobProgress): number {
  const { active, succeeded, failedIndexes } = progress;
  const parallelism = spec?.parallelism ?? 1;
  // A work queue (no completions): once one succeeded no new pod starts.
  if (spec?.completions === undefined) return succeeded > 0 ? active.length : parallelism;
  return Math.min(parallelism, spec.completions - succeeded - failedIndexes.size);
}

function isDone(spec: V1JobSpec | undefined, { succeeded, active }: JobProgress): boolean {
  if (spec?.completions !== undefined) return succeeded >= spec.completions;
  return succeeded > 0 && active.length === 0;
}

function limitOf(spec: V1JobSpec | undefined): number {
  return spec?.backoffLimit ?? 6;
}

/** With `OnFailure` the containers restart in their pod, and their restarts count. */
function restartsReachLimit(spec: V1JobSpec | undefined, pods: readonly V1Pod[]): boolean {
  if (spec?.template?.spec?.restartPolicy !== 'OnFailure') return false;
  const restarts = pods
    .filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending')
    .flatMap(({ status }) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])])
    .reduce((sum, { restartCount }) => sum + restartCount, 0);
  // `pastBackoffLimitOnFailure`: a limit of zero is passed by the first restart, others when they are reached.
  return restarts > 0 && restarts >= limitOf(spec);
}
