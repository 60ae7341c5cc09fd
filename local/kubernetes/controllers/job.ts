import type { V1Job, V1JobCondition, V1JobStatus, V1Pod } from '@kubernetes/client-node';
import { StatusError } from '../api.ts';
import { findCondition, withCondition } from '../conditions.ts';
import { controllerOf, isActive, isOwnedBy, isReady, isTerminating, keyOf, splitKey } from '../pods.ts';
import { createReconciler } from '../reconciler.ts';
import { resources } from '../resources.ts';
import { createStopwatches } from '../stopwatches.ts';
import { stamp } from '../timestamps.ts';
import type { Controller } from './controller.ts';
import { createJobBackoff } from './job-backoff.ts';
import { isIndexed } from './job-indexes.ts';
import type { JobPodIndex } from './job-pod.ts';
import { jobPod } from './job-pod.ts';
import type { JobProgress, JobVerdict } from './job-progress.ts';
import { isTracked, judgeJob, podsToRun, progressOf } from './job-progress.ts';
import { countEnded, letGo } from './job-tracking.ts';

/** Runs pods until enough of them have succeeded, or too many failed (Kubernetes documentation, "Jobs"). */
export const jobController: Controller = ({ api, clock, signal, recorder }) => {
  const events = recorder('job-controller');
  const watches = createStopwatches(clock);
  const backoff = createJobBackoff(clock);

  const reconcile = async (key: string): Promise<void> => {
    const { namespace, name } = splitKey(key);
    const job = api.get<V1Job>(resources.jobs, namespace, name);
    await letAbandonedGo(namespace, name, job);
    if (!job || job.metadata?.deletionTimestamp) return forget(key);
    if (ending(job)) return expire(job);
    const pods = podsOf(job);
    const progress = progressOf(job, pods);
    const runningForMs = watches.sinceMs(key, job.metadata?.uid ?? '');
    const verdict = targetOf(job) ?? judgeJob(job, progress, pods, runningForMs);
    if (verdict) return finish(job, verdict, pods);
    await runPods(job, progress);
    await count(job, {}, false);
    if (job.spec?.activeDeadlineSeconds) queue.enqueueAfter(key, job.spec.activeDeadlineSeconds * 1000);
  };

  const forget = (key: string): void => {
    watches.forget(key);
    watches.forget(`${key}/ended`);
    backoff.forget(key);
  };

  const podsOf = (job: V1Job): V1Pod[] =>
    api
      .list<V1Pod>(resources.pods, { namespace: job.metadata?.namespace })
      .filter((pod) => isOwnedBy(pod, job));

  /** Pods whose job is gone, or going, are counted by nobody. */
  const letAbandonedGo = async (namespace: string, name: string, job: V1Job | undefined): Promise<void> => {
    for (const pod of api.list<V1Pod>(resources.pods, { namespace })) {
      const owner = controllerOf(pod);
      if (!isTracked(pod) || (owner?.kind === 'Job' && owner.name !== name)) continue;
      const counted = job && owner?.uid === job.metadata?.uid && !job.metadata?.deletionTimestamp;
      if (!counted || ending(job)) await letGo(api, pod);
    }
  };

  const runPods = async (job: V1Job, progress: JobProgress): Promise<void> => {
    const key = keyOf(job);
    const { start, indexes, stop } = podsToRun(job, progress);
    for (const pod of stop) await deletePod(job, pod);
    if (start === 0) return;
    const places = isIndexed(job) ? readyIndexes(job, progress, indexes) : undefined;
    const waitMs = job.spec?.backoffLimitPerIndex === undefined ? backoff.waitMs(key, progress) : 0;
    if (waitMs > 0) return queue.enqueueAfter(key, waitMs);
    const wanted = places ? places.slice(0, start) : Array.from({ length: start }, () => undefined);
    await Promise.all(wanted.map((place) => createPod(job, place)));
  };

  /** Indexes that need not wait after a failure of theirs. */
  const readyIndexes = (job: V1Job, progress: JobProgress, indexes: readonly number[]): JobPodIndex[] => {
    if (job.spec?.backoffLimitPerIndex === undefined)
      return indexes.map((index) => ({ index, failureCount: undefined }));
    const key = keyOf(job);
    return indexes.flatMap((index) => {
      const failureCount = progress.failuresOfIndex.get(index) ?? 0;
      const waitMs = backoff.waitMs(`${key}#${index}`, { failed: failureCount, succeeded: 0 });
      if (waitMs === 0) return [{ index, failureCount }];
      queue.enqueueAfter(key, waitMs);
      return [];
    });
  };

  const createPod = async (job: V1Job, place: JobPodIndex | undefined): Promise<void> => {
    const pod = await api.create<V1Pod>(resources.pods, jobPod(job, place));
    events.normal(job, 'SuccessfulCreate', `Created pod: ${pod.metadata?.name}`);
  };

  const deletePod = async (job: V1Job, { metadata }: V1Pod): Promise<void> => {
    try {
      await api.delete(resources.pods, metadata?.namespace, metadata?.name ?? '');
    } catch (error) {
      if (error instanceof StatusError && error.status === 404) return;
      throw error;
    }
    events.normal(job, 'SuccessfulDelete', `Deleted pod: ${metadata?.name}`);
  };

  /** What ended the job is written at once, that it has ended only when none of its pods is left. */
  const finish = async (job: V1Job, verdict: JobVerdict, pods: readonly V1Pod[]): Promise<void> => {
    for (const pod of pods.filter(isActive)) await deletePod(job, pod);
    const over = !podsOf(job).some((pod) => !hasEnded(pod));
    const now = clock.now();
    const outcome = { reason: verdict.reason, message: verdict.message };
    const criteria = verdict.type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget';
    let conditions: V1JobCondition[] = [...(job.status?.conditions ?? [])];
    for (const type of [criteria, ...(over ? [verdict.type] : [])]) {
      if (findCondition(conditions, type)) continue;
      const condition = { type, status: 'True', ...outcome, lastProbeTime: stamp(now) };
      conditions = withCondition(conditions, condition, now);
    }
    const completionTime = over && verdict.type === 'Complete' ? stamp(now) : undefined;
    await count(job, { conditions, ...(completionTime && { completionTime }) }, true);
    if (!over) return;
    if (verdict.type === 'Complete') events.normal(job, 'Completed', 'Job completed');
    else events.warning(job, verdict.reason, verdict.message);
  };

  const expire = async (job: V1Job): Promise<void> => {
    const ttl = job.spec?.ttlSecondsAfterFinished;
    if (ttl === undefined) return;
    const key = keyOf(job);
    const leftMs = ttl * 1000 - watches.sinceMs(`${key}/ended`, job.metadata?.uid ?? '');
    if (leftMs > 0) return queue.enqueueAfter(key, leftMs);
    watches.forget(`${key}/ended`);
    await api.delete(resources.jobs, job.metadata?.namespace, job.metadata?.name ?? '', {
      propagationPolicy: 'Foreground',
    });
  };

  const count = async (job: V1Job, also: Partial<V1JobStatus>, decided: boolean): Promise<void> => {
    const pods = podsOf(job);
    const progress = progressOf(job, pods);
    const terminating = pods.filter((pod) => isTerminating(pod) && !hasEnded(pod)).length;
    const startTime = job.status?.startTime ?? (job.spec?.suspend ? undefined : stamp(clock.now()));
    const active = progress.active.length || undefined;
    const ready = progress.active.filter(isReady).length;
    const status = { ...also, startTime, active, ready, terminating };
    await countEnded(api, job, { progress, pods, also: status, decided });
  };

  const queue = createReconciler({ name: 'job', clock, signal, reconcile });
  api.watch<V1Job>(resources.jobs, ({ object }) => queue.enqueue(keyOf(object)), signal);
  api.watch<V1Pod>(
    resources.pods,
    ({ object }) => {
      const owner = controllerOf(object);
      const namespace = object.metadata?.namespace;
      if (owner?.kind === 'Job') queue.enqueue(`${namespace}/${owner.name}`);
      // Orphaned with its finalizer on; no job has an empty name.
      else if (!owner && isTracked(object)) queue.enqueue(`${namespace}/`);
    },
    signal,
  );
};

/** What was decided before stays decided. */
function targetOf({ status }: V1Job): JobVerdict | undefined {
  const types = { SuccessCriteriaMet: 'Complete', FailureTarget: 'Failed' } as const;
  for (const [criteria, type] of Object.entries(types)) {
    const found = findCondition(status?.conditions, criteria);
    if (found?.status === 'True') return { type, reason: found.reason ?? '', message: found.message ?? '' };
  }
  return undefined;
}

function ending({ status }: V1Job): boolean {
  return ['Complete', 'Failed'].some((type) => findCondition(status?.conditions, type)?.status === 'True');
}

function hasEnded({ status }: V1Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}
