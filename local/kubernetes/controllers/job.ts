import type { V1Job, V1JobCondition, V1Pod } from '@kubernetes/client-node';
import { findCondition, withCondition } from '../conditions.ts';
import { writeStatus } from '../object-changes.ts';
import {
  controllerOf,
  controllerReference,
  isOwnedBy,
  isReady,
  isTerminating,
  keyOf,
  splitKey,
} from '../pods.ts';
import { createReconciler } from '../reconciler.ts';
import { resources } from '../resources.ts';
import { createStopwatches } from '../stopwatches.ts';
import { stamp } from '../timestamps.ts';
import type { Controller } from './controller.ts';
import type { JobVerdict } from './job-progress.ts';
import { judgeJob, podsToRun, retryDelayMs } from './job-progress.ts';

/** Runs pods until enough of them have succeeded, or too many failed (Kubernetes documentation, "Jobs"). */
export const jobController: Controller = ({ api, clock, signal, recorder }) => {
  const events = recorder('job-controller');
  const watches = createStopwatches(clock);

  const reconcile = async (key: string): Promise<void> => {
    const { namespace, name } = splitKey(key);
    const job = api.get<V1Job>(resources.jobs, namespace, name);
    if (!job || job.metadata?.deletionTimestamp) return watches.forget(key);
    if (ending(job)) return expire(job);
    const pods = podsOf(job);
    const verdict = judgeJob(job.spec, pods, watches.sinceMs(key, job.metadata?.uid ?? ''));
    if (verdict) return finish(job, verdict, pods);
    await runPods(job, pods);
    await writeCounts(job, podsOf(job));
    if (job.spec?.activeDeadlineSeconds) queue.enqueueAfter(key, job.spec.activeDeadlineSeconds * 1000);
  };

  const podsOf = (job: V1Job): V1Pod[] =>
    api
      .list<V1Pod>(resources.pods, { namespace: job.metadata?.namespace })
      .filter((pod) => isOwnedBy(pod, job));

  const runPods = async (job: V1Job, pods: readonly V1Pod[]): Promise<void> => {
    const { start, stop } = podsToRun(job.spec, pods);
    for (const pod of stop) await deletePod(job, pod);
    if (start === 0) return;
    const failed = pods.filter(({ status }) => status?.phase === 'Failed').length;
    const key = keyOf(job);
    const waitMs = retryDelayMs(failed) - watches.sinceMs(`${key}/failed`, String(failed));
    if (waitMs > 0) return queue.enqueueAfter(key, waitMs);
    await Promise.all(Array.from({ length: start }, () => createPod(job)));
  };

  const createPod = async (job: V1Job): Promise<void> => {
    const { metadata, spec } = job.spec?.template ?? {};
    const pod = await api.create<V1Pod>(resources.pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        generateName: `${job.metadata?.name}-`,
        namespace: job.metadata?.namespace,
        labels: metadata?.labels,
        annotations: metadata?.annotations,
        ownerReferences: [controllerReference(job)],
      },
      spec,
    });
    events.normal(job, 'SuccessfulCreate', `Created pod: ${pod.metadata?.name}`);
  };

  const deletePod = async (job: V1Job, { metadata }: V1Pod): Promise<void> => {
    await api.delete(resources.pods, metadata?.namespace, metadata?.name ?? '');
    events.normal(job, 'SuccessfulDelete', `Deleted pod: ${metadata?.name}`);
  };

  const finish = async (job: V1Job, verdict: JobVerdict, pods: readonly V1Pod[]): Promise<void> => {
    const running = pods.filter((pod) => !isTerminating(pod) && !hasEnded(pod));
    for (const pod of running) await deletePod(job, pod);
    const now = clock.now();
    const outcome = { reason: verdict.reason, message: verdict.message };
    const criteria = verdict.type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget';
    let conditions: V1JobCondition[] = [...(job.status?.conditions ?? [])];
    for (const type of [criteria, verdict.type]) {
      const condition = { type, status: 'True', ...outcome, lastProbeTime: stamp(now) };
      conditions = withCondition(conditions, condition, now);
    }
    await writeStatus(api, resources.jobs, job, {
      ...counted(job, pods),
      active: undefined,
      ready: 0,
      conditions,
      ...(verdict.type === 'Complete' && { completionTime: stamp(now) }),
    });
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

  const writeCounts = async (job: V1Job, pods: readonly V1Pod[]): Promise<void> => {
    const current = api.get<V1Job>(resources.jobs, job.metadata?.namespace, job.metadata?.name ?? '');
    if (current) await writeStatus(api, resources.jobs, current, counted(current, pods));
  };

  const counted = (job: V1Job, pods: readonly V1Pod[]) => {
    const running = pods.filter((pod) => !hasEnded(pod) && !isTerminating(pod));
    const having = (phase: string) =>
      pods.filter(({ status }) => status?.phase === phase).length || undefined;
    const suspended = job.spec?.suspend === true;
    return {
      ...job.status,
      startTime: job.status?.startTime ?? (suspended ? undefined : stamp(clock.now())),
      active: running.length || undefined,
      ready: running.filter(isReady).length,
      succeeded: having('Succeeded'),
      failed: having('Failed'),
      terminating: pods.filter((pod) => isTerminating(pod) && !hasEnded(pod)).length,
      uncountedTerminatedPods: {},
    };
  };

  const queue = createReconciler({ name: 'job', clock, signal, reconcile });
  api.watch<V1Job>(resources.jobs, ({ object }) => queue.enqueue(keyOf(object)), signal);
  api.watch<V1Pod>(
    resources.pods,
    ({ object }) => {
      const owner = controllerOf(object);
      if (owner?.kind === 'Job') queue.enqueue(`${object.metadata?.namespace}/${owner.name}`);
    },
    signal,
  );
};

function ending({ status }: V1Job): boolean {
  return ['Complete', 'Failed'].some((type) => findCondition(status?.conditions, type)?.status === 'True');
}

function hasEnded({ status }: V1Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}
