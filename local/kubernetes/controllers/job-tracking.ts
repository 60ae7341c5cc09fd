import type { V1Job, V1JobStatus, V1Pod } from '@kubernetes/client-node';
import type { KubernetesApi } from '../api.ts';
import { StatusError } from '../api.ts';
import { writeStatus } from '../object-changes.ts';
import { resources } from '../resources.ts';
import { formatIndexes, isIndexed } from './job-indexes.ts';
import { trackingFinalizer } from './job-pod.ts';
import type { JobProgress } from './job-progress.ts';
import { isTracked } from './job-progress.ts';

export interface Counted {
  readonly progress: JobProgress;
  readonly pods: readonly V1Pod[];
  /** The rest of the status. */
  readonly also: Partial<V1JobStatus>;
  /** No pod will follow another. */
  readonly decided: boolean;
}

/**
 * Counts the pods that ended, each exactly once whatever fails in between: first their uids are written, then they are
 * let go, then they are counted (KEP-2307, "Job tracking without lingering Pods").
 */
export async function countEnded(
  api: KubernetesApi,
  job: V1Job,
  { progress, pods, also, decided }: Counted,
): Promise<void> {
  const ended = {
    succeeded: progress.ended.succeeded,
    failed: [...progress.ended.failed, ...(decided ? progress.delayed : [])],
  };
  const uidsOf = (these: readonly V1Pod[]) => these.map(({ metadata }) => metadata?.uid ?? '');
  const before = job.status?.uncountedTerminatedPods;
  const succeeded = [...(before?.succeeded ?? []), ...uidsOf(ended.succeeded)];
  const failed = [...(before?.failed ?? []), ...uidsOf(ended.failed)];
  const listed = new Set([...succeeded, ...failed]);
  const base = { ...job.status, ...also, ...indexStatus(job, progress) };
  if (ended.succeeded.length + ended.failed.length > 0) {
    const uncountedTerminatedPods = {
      ...(succeeded.length > 0 && { succeeded }),
      ...(failed.length > 0 && { failed }),
    };
    await writeStatus(api, resources.jobs, job, { ...base, uncountedTerminatedPods });
  }
  for (const pod of pods) if (listed.has(pod.metadata?.uid ?? '')) await letGo(api, pod);
  const current = api.get<V1Job>(resources.jobs, job.metadata?.namespace, job.metadata?.name ?? '');
  if (current?.metadata?.uid !== job.metadata?.uid || !current) return;
  const counted = (job.status?.succeeded ?? 0) + succeeded.length;
  await writeStatus(api, resources.jobs, current, {
    ...base,
    succeeded: (isIndexed(job) ? progress.completedIndexes.size : counted) || undefined,
    failed: (job.status?.failed ?? 0) + failed.length || undefined,
    uncountedTerminatedPods: {},
  });
}

/** Takes the finalizer off a pod: nobody waits for it any more. */
export async function letGo(api: KubernetesApi, { metadata }: V1Pod): Promise<void> {
  const pod = api.get<V1Pod>(resources.pods, metadata?.namespace, metadata?.name ?? '');
  if (!pod || pod.metadata?.uid !== metadata?.uid || !isTracked(pod)) return;
  const left = pod.metadata?.finalizers?.filter((name) => name !== trackingFinalizer) ?? [];
  try {
    await api.patch(resources.pods, metadata?.namespace, metadata?.name ?? '', {
      metadata: { finalizers: left.length > 0 ? left : null },
    });
  } catch (error) {
    if (!(error instanceof StatusError) || error.status !== 404) throw error;
  }
}

function indexStatus(job: V1Job, { completedIndexes, failedIndexes }: JobProgress): Partial<V1JobStatus> {
  if (!isIndexed(job)) return {};
  return {
    completedIndexes: formatIndexes(completedIndexes) || undefined,
    ...(job.spec?.backoffLimitPerIndex !== undefined && { failedIndexes: formatIndexes(failedIndexes) }),
  };
}
