import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { AppsV1Api, CoreV1Api } from '@kubernetes/client-node';
import { expect, test, vi } from 'vitest';
import { isReady } from './pods.ts';
import { resources as served } from './resources.ts';
import { deployment } from './testing/cluster.ts';
import { startHttpsCluster } from './testing/https-cluster.ts';

const wait = { timeout: 10_000, interval: 50 };

const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;
const resources = { requests: { cpu: '100m', memory: '64Mi' } };

test('a client over HTTPS deploys, reads logs, kills; disposing leaves no process', async () => {
  const pids = new Set<number>();
  await using cluster = await startHttpsCluster(pids);
  const { plane, config } = cluster;
  const core = config.makeApiClient(CoreV1Api);
  const body = deployment(2, { resources });
  await config.makeApiClient(AppsV1Api).createNamespacedDeployment({ namespace: 'default', body });
  const list = async () => (await core.listNamespacedPod({ namespace: 'default' })).items;
  const ready = async () => (await list()).filter(isReady);
  await vi.waitFor(async () => expect(await ready()).toHaveLength(2), wait);
  const name = (await list())[0]?.metadata?.name ?? '';
  const logOf = () => core.readNamespacedPodLog({ namespace: 'default', name });
  await vi.waitFor(async () => expect(await logOf()).toBe(`hello from ${name}\n`), wait);

  await plane.pods.break('1', { plane: 'pods', namespace: 'default', pod: name, effect: { kind: 'kill' } });
  await vi.waitFor(async () => {
    const pod = await core.readNamespacedPod({ namespace: 'default', name });
    expect(pod.status?.containerStatuses?.[0]).toMatchObject({
      restartCount: 1,
      ready: true,
      lastState: { terminated: { exitCode: 137 } },
    });
  }, wait);
  const held = [...pids];
  expect(held).toHaveLength(2);
  await plane.pods.break('2', { plane: 'pods', namespace: 'default', pod: name, effect: { kind: 'hang' } });
  await cluster[Symbol.asyncDispose]();
  expect(held.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
});

test.skipIf(!hasKubectl)('kubectl follows rollouts, logs and usage', async () => {
  await using cluster = await startHttpsCluster();
  const { kubectl, plane } = cluster;
  await plane.api.create(served.deployments, deployment(1, { resources }));
  const rolledOut = async () =>
    expect(await kubectl('rollout', 'status', 'deployment/hub', '--timeout=20s')).toContain('successfully');
  await rolledOut();
  const pod = await kubectl(
    'get',
    'pods',
    '-o',
    'jsonpath={.items[0].metadata.name} {.items[0].status.podIP}',
  );
  const [name = '', podIP = ''] = pod.split(' ');
  expect(await kubectl('get', 'pods')).toMatch(new RegExp(`${name}\\s+1/1\\s+Running`));
  expect(await kubectl('get', 'events')).toContain('ScalingReplicaSet');

  const following = spawn('kubectl', [...cluster.flags, 'logs', '-f', name]);
  expect(String(await once(following.stdout, 'data'))).toBe(`hello from ${name}\n`);
  const next = once(following.stdout, 'data');
  await fetch(`http://${podIP}:8080/say?of=canary`).then((answer) => answer.arrayBuffer());
  expect(String(await next)).toBe('canary\n');
  following.kill();
  await vi.waitFor(async () => expect(await kubectl('top', 'pods')).toMatch(/hub-\S+\s+\d+m\s+\d+Mi/), wait);

  await kubectl('set', 'env', 'deployment/hub', 'VERSION=2');
  await rolledOut();
  await kubectl('rollout', 'undo', 'deployment/hub');
  await rolledOut();
  expect(await kubectl('rollout', 'history', 'deployment/hub')).toMatch(/\n2\s.*\n3\s/);
});
