import type { V1Container, V1Deployment } from '@kubernetes/client-node';
import { expect, test, vi } from 'vitest';
import { isReady } from './pods.ts';
import { resources } from './resources.ts';
import type { TestCluster } from './testing/cluster.ts';
import { container, deployment, startTestCluster } from './testing/cluster.ts';

const wait = { timeout: 15_000, interval: 10 };
/** How late a change may be seen: 50 ms of the wall. */
const lookMs = 3_000;

test.each([
  {
    what: 'a command that fails',
    command: ['node', '-e', 'process.exit(3)'],
    end: { exitCode: 3, reason: 'Error' },
  },
  {
    what: 'a program that is not there',
    command: ['/bin/nothing'],
    end: { exitCode: 128, reason: 'StartError' },
  },
])(
  '$what ends in CrashLoopBackOff, ever more slowly, and a good template recovers',
  async ({ command, end }) => {
    await using cluster = await startTestCluster({ speed: 60 });
    const { clock } = cluster;
    await begin(cluster);
    const began = clock.elapsedMs();
    await release(cluster, { command });
    const starts: number[] = [];
    const seen = () => waitingPods(cluster)[0]?.status?.containerStatuses?.[0];
    cluster.api.watch(
      resources.pods,
      () => {
        if ((seen()?.restartCount ?? 0) > starts.length) starts.push(clock.elapsedMs() - began);
      },
      cluster.signal,
    );
    await vi.waitFor(() => expect(seen()?.state?.waiting?.reason).toBe('CrashLoopBackOff'), wait);
    expect(seen()?.lastState?.terminated).toMatchObject(end);
    expect(seen()?.state?.waiting?.message).toMatch(
      /^back-off \d+s restarting failed container=hub pod=hub-\w+-\w+_default\(.+\)$/,
    );
    await vi.waitFor(() => expect(starts).toHaveLength(4), wait);
    const gaps = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
    for (const [index, leastMs] of [10_000, 20_000, 40_000].entries()) {
      expect(gaps[index]).toBeGreaterThan(leastMs - lookMs);
    }
    // The rollout is stuck, and what served goes on serving.
    expect(cluster.pods().filter(isReady)).toHaveLength(2);
    await recover(cluster);
  },
);

test('an image that the registry does not have ends in ImagePullBackOff, and a good template recovers', async () => {
  await using cluster = await startTestCluster({ speed: 60 });
  const { clock } = cluster;
  await begin(cluster);
  const reasons: { reason: string; atMs: number }[] = [];
  const began = clock.elapsedMs();
  cluster.api.watch(
    resources.pods,
    () => {
      const reason = waitingPods(cluster)[0]?.status?.containerStatuses?.[0]?.state?.waiting?.reason ?? '';
      if (reason !== reasons.at(-1)?.reason) reasons.push({ reason, atMs: clock.elapsedMs() - began });
    },
    cluster.signal,
  );
  await release(cluster, { image: 'nowhere:v9' });
  const pulls = ['ErrImagePull', 'ImagePullBackOff'];
  const seen = () => reasons.filter(({ reason }) => pulls.includes(reason));
  await vi.waitFor(
    () => expect(seen().map(({ reason }) => reason)).toEqual([...pulls, ...pulls, ...pulls]),
    wait,
  );
  const attempts = seen().filter(({ reason }) => reason === 'ErrImagePull');
  const gaps = attempts.slice(1).map(({ atMs }, index) => atMs - (attempts[index]?.atMs ?? 0));
  expect(gaps[0]).toBeGreaterThan(10_000 - lookMs);
  expect(gaps[1]).toBeGreaterThan(20_000 - lookMs);
  const [waiting] = waitingPods(cluster);
  expect(waiting?.status?.phase).toBe('Pending');
  expect(waiting?.status?.containerStatuses?.[0]?.state?.waiting?.message).toContain(
    'Back-off pulling image "nowhere:v9"',
  );
  expect(cluster.events('BackOff')).toContain('Back-off pulling image "nowhere:v9"');
  await recover(cluster);
});

async function begin(cluster: TestCluster): Promise<void> {
  await cluster.api.create(resources.deployments, deployment(2));
  await vi.waitFor(() => expect(cluster.pods().filter(isReady)).toHaveLength(2), wait);
}

async function release({ api }: TestCluster, change: Partial<V1Container>): Promise<void> {
  const spec = { template: { spec: { containers: [container(change)] } } };
  await api.patch(resources.deployments, 'default', 'hub', { spec });
}

async function recover(cluster: TestCluster): Promise<void> {
  await release(cluster, {});
  await vi.waitFor(() => {
    const status = cluster.api.get<V1Deployment>(resources.deployments, 'default', 'hub')?.status;
    expect(status).toMatchObject({ replicas: 2, updatedReplicas: 2, availableReplicas: 2 });
    expect(cluster.pods()).toHaveLength(2);
  }, wait);
  expect(cluster.pids.size).toBe(2);
}

function waitingPods(cluster: TestCluster) {
  return cluster.pods().filter((pod) => !isReady(pod) && !pod.metadata?.deletionTimestamp);
}
