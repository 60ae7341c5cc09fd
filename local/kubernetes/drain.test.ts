import { spawnSync } from 'node:child_process';
import type { V1Pod } from '@kubernetes/client-node';
import {
  ApiException,
  AppsV1Api,
  CoreV1Api,
  PatchStrategy,
  PolicyV1Api,
  setHeaderOptions,
} from '@kubernetes/client-node';
import { expect, test, vi } from 'vitest';
import { isReady } from './pods.ts';
import { deployment } from './testing/cluster.ts';
import { startHttpsCluster } from './testing/https-cluster.ts';

const wait = { timeout: 10_000, interval: 50 };
const namespace = 'default';
const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;

test('a cordoned node gets no pod, and is drained as fast as the disruption budget allows', async () => {
  await using cluster = await startHttpsCluster();
  const core = cluster.config.makeApiClient(CoreV1Api);
  const list = async () => (await core.listNamespacedPod({ namespace })).items;
  await standUp(cluster.config.makeApiClient(AppsV1Api), cluster.config.makeApiClient(PolicyV1Api), list);
  const before = (await list()).map(({ metadata }) => metadata?.name);
  for (const name of ['node-a', 'node-b']) {
    await core.patchNode(
      { name, body: { spec: { unschedulable: true } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    await vi.waitFor(async () => {
      const { spec } = await core.readNode({ name });
      expect(spec?.taints).toMatchObject([
        { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', timeAdded: expect.any(Date) },
      ]);
    }, wait);
  }
  const evict = async (name: string) => {
    try {
      await core.createNamespacedPodEviction({ namespace, name, body: { metadata: { name, namespace } } });
      return 201;
    } catch (error) {
      if (error instanceof ApiException) return error.code;
      throw error;
    }
  };
  const left = () => list().then((pods) => pods.filter((pod) => on(pod, 'node-a') || on(pod, 'node-b')));
  const [first, second] = await left();
  expect(await evict(first?.metadata?.name ?? '')).toBe(201);
  expect(await evict(second?.metadata?.name ?? '')).toBe(429);
  await vi.waitFor(async () => {
    for (const { metadata } of await left()) await evict(metadata?.name ?? '');
    expect(await left()).toEqual([]);
  }, wait);
  await vi.waitFor(async () => {
    const pods = await list();
    expect(pods.filter((pod) => isReady(pod) && on(pod, 'node-c'))).toHaveLength(3);
  }, wait);
  expect((await list()).filter(({ metadata }) => before.includes(metadata?.name))).toHaveLength(1);
  await core.patchNode(
    { name: 'node-a', body: { spec: { unschedulable: null } } },
    setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
  );
  await vi.waitFor(
    async () => expect((await core.readNode({ name: 'node-a' })).spec?.taints ?? []).toEqual([]),
    wait,
  );
});

test.skipIf(!hasKubectl)('kubectl drains a node', async () => {
  await using cluster = await startHttpsCluster();
  const list = async () =>
    (await cluster.config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace })).items;
  await standUp(cluster.config.makeApiClient(AppsV1Api), cluster.config.makeApiClient(PolicyV1Api), list);
  expect(await cluster.kubectl('drain', 'node-b', '--timeout=20s')).toContain('node/node-b drained');
  expect(await cluster.kubectl('get', 'node', 'node-b')).toContain('Ready,SchedulingDisabled');
  expect((await list()).filter((pod) => on(pod, 'node-b'))).toEqual([]);
});

async function standUp(apps: AppsV1Api, policy: PolicyV1Api, list: () => Promise<V1Pod[]>): Promise<void> {
  const selector = { matchLabels: { app: 'hub' } };
  await policy.createNamespacedPodDisruptionBudget({
    namespace,
    body: { metadata: { name: 'hub' }, spec: { maxUnavailable: 1, selector } },
  });
  await apps.createNamespacedDeployment({ namespace, body: deployment(3) });
  await vi.waitFor(async () => {
    const ready = (await list()).filter(isReady);
    expect(new Set(ready.map(({ spec }) => spec?.nodeName)).size).toBe(3);
  }, wait);
}

function on({ spec }: V1Pod, node: string): boolean {
  return spec?.nodeName === node;
}
