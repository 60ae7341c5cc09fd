import type { V1Pod } from '@kubernetes/client-node';
import { expect, test, vi } from 'vitest';
import { controllerOf, isReady, isTerminating } from '../pods.ts';
import { resources } from '../resources.ts';
import type { TestCluster } from '../testing/cluster.ts';
import { deployment, startTestCluster } from '../testing/cluster.ts';

const wait = { timeout: 10_000, interval: 20 };

test('a pod that is relabelled is let go of and replaced; given back, it is adopted and one too many goes', async () => {
  await using cluster = await startTestCluster();
  await cluster.api.create(resources.deployments, deployment(2));
  await vi.waitFor(() => expect(serving(cluster)).toHaveLength(2), wait);
  const [name = ''] = serving(cluster);
  const label = (app: string) =>
    cluster.api.patch(resources.pods, 'default', name, { metadata: { labels: { app } } });
  await label('taken-out');
  await vi.waitFor(() => expect(serving(cluster)).toHaveLength(3), wait);
  const pod = cluster.api.get<V1Pod>(resources.pods, 'default', name);
  expect(controllerOf(pod ?? {})).toBeUndefined();
  expect(isReady(pod ?? {})).toBe(true);
  await label('hub');
  await vi.waitFor(() => expect(serving(cluster)).toHaveLength(2), wait);
  for (const left of cluster.pods().filter((one) => !isTerminating(one)))
    expect(controllerOf(left)).toMatchObject({ kind: 'ReplicaSet' });
});

function serving(cluster: TestCluster): readonly string[] {
  return cluster
    .pods()
    .filter((pod) => isReady(pod) && !isTerminating(pod))
    .map(({ metadata }) => metadata?.name ?? '');
}
