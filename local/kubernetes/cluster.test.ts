import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AppsV1Api, CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { expect, test, vi } from 'vitest';
import { createCertificateAuthority } from '../base/certificates.ts';
import { createClock } from '../base/clock.ts';
import { claimLoopbackBlock } from '../base/loopback.ts';
import { createRandom } from '../base/random.ts';
import { startKubernetes } from './cluster.ts';
import { deployment, program } from './testing/cluster.ts';

const wait = { timeout: 10_000, interval: 50 };

test('clients over HTTPS: deploy, read logs, follow them, measure, kill, and nothing is left', async () => {
  const pids = new Set<number>();
  await using cluster = await startCluster(pids);
  const { plane, kubectl, config } = cluster;
  const apps = config.makeApiClient(AppsV1Api);
  const core = config.makeApiClient(CoreV1Api);
  const resources = { requests: { cpu: '100m', memory: '64Mi' } };
  await apps.createNamespacedDeployment({ namespace: 'default', body: deployment(2, { resources }) });
  expect(await kubectl('rollout', 'status', 'deployment/hub', '--timeout=20s')).toContain(
    'successfully rolled out',
  );
  const { items } = await core.listNamespacedPod({ namespace: 'default' });
  const [first] = items;
  const name = first?.metadata?.name ?? '';
  expect(await kubectl('logs', name)).toBe(`hello from ${name}\n`);
  expect(await kubectl('get', 'pods', '-o', 'wide')).toMatch(new RegExp(`${name}\\s+1/1\\s+Running`));
  expect(await kubectl('get', 'events')).toContain('ScalingReplicaSet');
  await vi.waitFor(async () => expect(await kubectl('top', 'pods')).toMatch(/hub-\S+\s+\d+m\s+\d+Mi/), wait);

  const following = spawn('kubectl', [...cluster.flags, 'logs', '-f', name]);
  const lines = once(following.stdout, 'data');
  const say = `http://${first?.status?.podIP}:8080/say?of=canary`;
  await lines;
  const next = once(following.stdout, 'data');
  await fetch(say).then((answer) => answer.arrayBuffer());
  expect(String(await next)).toBe('canary\n');
  following.kill();

  plane.kill('default', name);
  await vi.waitFor(async () => {
    const pod = await core.readNamespacedPod({ namespace: 'default', name });
    expect(pod.status?.containerStatuses?.[0]).toMatchObject({
      restartCount: 1,
      ready: true,
      lastState: { terminated: { exitCode: 137 } },
    });
  }, wait);
  await kubectl('scale', 'deployment/hub', '--replicas=1');
  await vi.waitFor(
    async () => expect((await core.listNamespacedPod({ namespace: 'default' })).items).toHaveLength(1),
    wait,
  );
  await kubectl('set', 'env', 'deployment/hub', 'VERSION=2');
  expect(await kubectl('rollout', 'status', 'deployment/hub', '--timeout=20s')).toContain(
    'successfully rolled out',
  );
  await kubectl('rollout', 'undo', 'deployment/hub');
  expect(await kubectl('rollout', 'status', 'deployment/hub', '--timeout=20s')).toContain(
    'successfully rolled out',
  );
  expect(await kubectl('rollout', 'history', 'deployment/hub')).toMatch(/\n2\s.*\n3\s/);
  const held = [...pids];
  expect(held.length).toBeGreaterThan(0);
  await cluster[Symbol.asyncDispose]();
  expect(held.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
  expect(pids.size).toBe(0);
});

async function startCluster(pids: Set<number>) {
  const block = await claimLoopbackBlock();
  const abort = new AbortController();
  const authority = await createCertificateAuthority('kubernetes');
  const plane = await startKubernetes({
    clock: createClock({ speed: 20 }),
    random: createRandom(7),
    host: block.at(0, 3),
    port: 6443,
    authority,
    adminToken: 'admin',
    nodes: ['a', 'b', 'c'].map((letter, index) => ({
      name: `node-${letter}`,
      zone: `us-east-1${letter}`,
      address: block.at(20, index + 1),
      cpu: 2,
      memoryBytes: 2 ** 32,
      instanceType: 'm6i.large',
    })),
    allocatePodAddress: () => block.next('podZoneA'),
    releasePodAddress: () => undefined,
    resolveImage: async () => ({ digest: `sha256:${'a'.repeat(64)}`, command: ['node', program] }),
    onLogLine: () => undefined,
    dnsServer: { address: block.at(0, 53), port: 53_053 },
    onProcess: (pid) => void pids.add(pid),
    onProcessExit: (pid) => void pids.delete(pid),
    signal: abort.signal,
  });
  const directory = await mkdtemp(join(tmpdir(), 'cluster-'));
  const caFile = join(directory, 'ca.pem');
  await writeFile(caFile, plane.caPem);
  const flags = [`--server=${plane.url}`, '--token=admin', `--certificate-authority=${caFile}`];
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'c', server: plane.url, caData: Buffer.from(plane.caPem).toString('base64') }],
    users: [{ name: 'u', token: 'admin' }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
    currentContext: 'x',
  });
  let disposed = false;
  return {
    plane,
    config,
    flags,
    kubectl: async (...args: string[]) => {
      const env = { PATH: process.env.PATH, HOME: directory };
      return (await promisify(execFile)('kubectl', [...flags, ...args], { env })).stdout;
    },
    [Symbol.asyncDispose]: async () => {
      if (disposed) return;
      disposed = true;
      await plane[Symbol.asyncDispose]();
      abort.abort();
      await block[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    },
  };
}
