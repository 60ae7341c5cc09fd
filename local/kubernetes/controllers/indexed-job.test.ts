import type { V1Job, V1JobSpec, V1Pod } from '@kubernetes/client-node';
import { expect, test, vi } from 'vitest';
import { resources } from '../resources.ts';
import type { TestCluster } from '../testing/cluster.ts';
import { startTestCluster } from '../testing/cluster.ts';
import { indexOf } from './job-indexes.ts';

const namespace = 'default';
const wait = { timeout: 15_000, interval: 20 };

test('each index runs in a pod that knows it, so many at a time, and is listed when it is done', async () => {
  await using cluster = await startTestCluster({ speed: 50 });
  let most = 0;
  const names = new Set<string>();
  const perIndex = /^load-[0-3]-[a-z0-9]{5}$/;
  cluster.api.watch(
    resources.pods,
    () => {
      most = Math.max(most, status(cluster)?.active ?? 0);
      for (const { metadata } of podsOf(cluster)) names.add(metadata?.name ?? '');
    },
    cluster.signal,
  );
  await create(cluster, { completions: 4, parallelism: 2 }, "console.log(require('os').hostname())");
  await vi.waitFor(() => expect(conditions(cluster)).toEqual(['SuccessCriteriaMet', 'Complete']), wait);
  expect(status(cluster)).toMatchObject({ succeeded: 4, completedIndexes: '0-3', ready: 0, terminating: 0 });
  expect(status(cluster)?.failed).toBeUndefined();
  expect(most).toBe(2);
  expect([...names].filter((name) => perIndex.test(name))).toHaveLength(4);
  expect(names.size).toBe(4);
  for (const pod of podsOf(cluster)) {
    const index = String(indexOf(pod));
    expect(pod.metadata?.labels?.['batch.kubernetes.io/job-completion-index']).toBe(index);
    expect(pod.metadata?.finalizers).toBeUndefined();
    const lines = cluster.lines.filter((line) => line.pod === pod.metadata?.name).map(({ line }) => line);
    expect(lines).toEqual([`load-${index}`, index]);
  }
  await cluster.api.delete(resources.jobs, namespace, 'load', { propagationPolicy: 'Foreground' });
  await vi.waitFor(() => expect(podsOf(cluster)).toEqual([]), wait);
  await vi.waitFor(() => expect(status(cluster)).toBeUndefined(), wait);
});

test('a shard that is killed or deleted is lost for good when the job may not try again', async () => {
  await using cluster = await startTestCluster({ speed: 50 });
  await create(cluster, { completions: 3, parallelism: 3, backoffLimit: 0 }, 'setInterval(() => 0, 1000)');
  await vi.waitFor(() => expect(status(cluster)?.active).toBe(3), wait);
  const [victim] = podsOf(cluster);
  await cluster.api.delete(resources.pods, namespace, victim?.metadata?.name ?? '', {
    gracePeriodSeconds: 1,
  });
  await vi.waitFor(() => expect(conditions(cluster)).toEqual(['FailureTarget', 'Failed']), wait);
  expect(status(cluster)?.conditions?.at(-1)?.reason).toBe('BackoffLimitExceeded');
  expect(status(cluster)).toMatchObject({ failed: 3, uncountedTerminatedPods: {} });
  expect(cluster.events('SuccessfulCreate')).toHaveLength(3);
  await vi.waitFor(() => expect(cluster.pids.size).toBe(0), wait);
});

test('an index that fails is tried again, and a killed pod is replaced by one of the same index', async () => {
  await using cluster = await startTestCluster({ speed: 50 });
  await create(cluster, { completions: 2, parallelism: 2 }, 'setTimeout(() => 0, 1500)');
  await vi.waitFor(() => expect(status(cluster)?.active).toBe(2), wait);
  const second = () => podsOf(cluster).filter((pod) => indexOf(pod) === 1);
  const [victim] = second();
  await vi.waitFor(() => expect(cluster.pids.size).toBe(2), wait);
  await cluster.podFaults.break('1', {
    plane: 'pods',
    namespace,
    pod: victim?.metadata?.name ?? '',
    effect: { kind: 'kill' },
  });
  await vi.waitFor(() => expect(second()).toHaveLength(2), wait);
  expect(status(cluster)).toMatchObject({ failed: 1 });
  await vi.waitFor(() => expect(status(cluster)?.completedIndexes).toBe('0,1'), wait);
  expect(status(cluster)).toMatchObject({ failed: 1, succeeded: 2 });
});

test('with a limit of its own an index fails alone, and the job with it in the end', async () => {
  await using cluster = await startTestCluster({ speed: 100 });
  const limits = { completions: 4, parallelism: 2, backoffLimitPerIndex: 1 };
  await create(cluster, limits, 'process.exit(process.env.JOB_COMPLETION_INDEX % 2)');
  await vi.waitFor(() => expect(conditions(cluster)).toEqual(['FailureTarget', 'Failed']), wait);
  expect(status(cluster)).toMatchObject({
    succeeded: 2,
    failed: 4,
    completedIndexes: '0,2',
    failedIndexes: '1,3',
  });
  expect(status(cluster)?.conditions?.at(-1)?.reason).toBe('FailedIndexes');
  expect(podsOf(cluster).filter(({ metadata }) => metadata?.finalizers)).toEqual([]);
});

test('pods of a job that was deleted alone stay, and can be deleted', async () => {
  await using cluster = await startTestCluster({ speed: 50 });
  await create(cluster, { completions: 1 }, 'setInterval(() => 0, 1000)');
  await vi.waitFor(() => expect(cluster.pids.size).toBe(1), wait);
  await cluster.api.delete(resources.jobs, namespace, 'load', { propagationPolicy: 'Orphan' });
  await vi.waitFor(() => expect(cluster.pods()[0]?.metadata?.finalizers).toBeUndefined(), wait);
  expect(cluster.pods()[0]?.metadata?.ownerReferences).toBeUndefined();
  await cluster.api.delete(resources.pods, namespace, cluster.pods()[0]?.metadata?.name ?? '', {
    gracePeriodSeconds: 1,
  });
  await vi.waitFor(() => expect(cluster.pods()).toEqual([]), wait);
});

test('what cannot be is refused in the words of Kubernetes', async () => {
  await using cluster = await startTestCluster();
  await expect(create(cluster, { parallelism: 2 }, '')).rejects.toThrow(
    'spec.completions: Required value: when completion mode is Indexed',
  );
  const wrong = { completionMode: 'NonIndexed', maxFailedIndexes: 1 };
  await expect(create(cluster, wrong, '')).rejects.toThrow(
    /spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode.*spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified/,
  );
});

function create({ api }: TestCluster, spec: Partial<V1JobSpec>, source: string): Promise<V1Job> {
  const command = ['node', '-e', `${source}; console.log(process.env.JOB_COMPLETION_INDEX)`];
  return api.create<V1Job>(resources.jobs, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'load', namespace },
    spec: {
      completionMode: 'Indexed',
      ...spec,
      template: {
        spec: { restartPolicy: 'Never', containers: [{ name: 'load', image: 'hub:v1', command }] },
      },
    },
  });
}

function status({ api }: TestCluster): V1Job['status'] {
  return api.get<V1Job>(resources.jobs, namespace, 'load')?.status;
}

function conditions(cluster: TestCluster): string[] {
  return (status(cluster)?.conditions ?? []).map(({ type }) => type);
}

function podsOf(cluster: TestCluster): V1Pod[] {
  return cluster
    .pods()
    .filter(({ metadata }) => metadata?.labels?.['batch.kubernetes.io/job-name'] === 'load');
}
