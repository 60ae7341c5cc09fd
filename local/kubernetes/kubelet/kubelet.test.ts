import { get } from 'node:http';
import type { V1Pod } from '@kubernetes/client-node';
import { expect, test, vi } from 'vitest';
import { resources } from '../resources.ts';
import { pod, startTestCluster } from '../testing/cluster.ts';

test('a pod is a process that sees its spec and its own network, and nothing of this machine', async () => {
  process.env.AWS_SECRET_ACCESS_KEY = 'leak';
  await using cluster = await startTestCluster();
  const { api } = cluster;
  await api.create(resources.secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'db', namespace: 'default' },
    data: { password: Buffer.from('s3cret').toString('base64') },
  });
  const env = [
    { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    {
      name: 'ZONE',
      valueFrom: { fieldRef: { fieldPath: "metadata.labels['topology.kubernetes.io/zone']" } },
    },
    { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
    { name: 'URL', value: 'postgres://hub:$(PASSWORD)@db' },
  ];
  await api.create(resources.pods, pod('a', {}, { env }));
  await api.create(
    resources.pods,
    pod('b', { nodeSelector: { 'topology.kubernetes.io/zone': 'us-east-1b' } }),
  );
  const [first, second] = [await ready(cluster, 'a'), await ready(cluster, 'b')];
  const [here, there] = [first.status?.podIP ?? '', second.status?.podIP ?? ''];
  expect(second.spec?.nodeName).toBe('node-2');
  expect(there).toMatch(/^127\.\d+\.11\.1$/);

  const seen = (await ask(here, 'environment')) as Record<string, string>;
  const zone = first.metadata?.labels?.['topology.kubernetes.io/zone'];
  expect(seen).toEqual({
    HOME: '/root',
    HOSTNAME: 'a',
    PATH: expect.any(String),
    POD_NAME: 'a',
    ZONE: zone,
    PASSWORD: 's3cret',
    URL: 'postgres://hub:s3cret@db',
  });
  expect(await ask(here, 'hostname')).toBe('a');
  expect(await ask(here, 'lookup', 'db.internal')).toEqual({ address: '127.0.0.9', family: 4 });
  const whoami = `http://${there}:8080/whoami`;
  expect(JSON.parse(String(await ask(here, 'peer', whoami)))).toEqual({ from: here, at: there });
  // Loopback is the pod's own: its server listens on the pod's address alone.
  expect(await ask(here, 'peer', 'http://localhost:8080/whoami')).toContain('ECONNREFUSED');
  expect(first.status?.containerStatuses?.[0]).toMatchObject({
    ready: true,
    started: true,
    restartCount: 0,
    imageID: expect.stringMatching(/^hub@sha256:a+$/),
  });
  await vi.waitFor(() =>
    expect(cluster.lines).toContainEqual(expect.objectContaining({ pod: 'a', line: 'hello from a' })),
  );
  expect(cluster.events('Pulled').length).toBeGreaterThan(0);
  expect(cluster.events('Scheduled')).toContain(`Successfully assigned default/a to ${first.spec?.nodeName}`);
});

test('a deleted pod has its hook, then SIGTERM, then the rest of its grace period; then it is gone', async () => {
  await using cluster = await startTestCluster();
  const { api, clock } = cluster;
  const lifecycle = { preStop: { exec: { command: ['sh', '-c', 'sleep 4'] } } };
  await api.create(resources.pods, pod('polite', {}, { lifecycle, env: [{ name: 'TERM_MS', value: '50' }] }));
  await api.create(resources.pods, pod('deaf', { terminationGracePeriodSeconds: 6 }));
  await ready(cluster, 'polite');
  await ready(cluster, 'deaf');
  const began = clock.elapsedMs();
  const ended: Record<string, { atMs: number; exitCode?: number }> = {};
  api.watch<V1Pod>(
    resources.pods,
    ({ type, object }) => {
      const exitCode = object.status?.containerStatuses?.[0]?.state?.terminated?.exitCode;
      if (type === 'DELETED')
        ended[object.metadata?.name ?? ''] = { atMs: clock.elapsedMs() - began, exitCode };
    },
    cluster.signal,
  );
  await api.delete(resources.pods, 'default', 'polite');
  await api.delete(resources.pods, 'default', 'deaf');
  await vi.waitFor(() => expect(Object.keys(ended).sort()).toEqual(['deaf', 'polite']), { timeout: 5000 });
  expect(ended.polite?.exitCode).toBe(0);
  expect(ended.polite?.atMs).toBeGreaterThan(4000);
  expect(ended.deaf?.exitCode).toBe(137);
  expect(ended.deaf?.atMs).toBeGreaterThan(6000);
  expect(cluster.lines.map(({ line }) => line)).toContain('terminating');
  expect(cluster.pids.size).toBe(0);
  expect(cluster.released).toHaveLength(2);
});

test('a killed container is started again, ever more slowly; logs of the run before are kept', async () => {
  await using cluster = await startTestCluster({ speed: 100 });
  const { api, kubelet } = cluster;
  await api.create(resources.pods, pod('a', {}, { env: [{ name: 'EXIT', value: '3' }] }));
  const status = () => api.get<V1Pod>(resources.pods, 'default', 'a')?.status?.containerStatuses?.[0];
  await vi.waitFor(() => expect(status()?.state?.waiting?.reason).toBe('CrashLoopBackOff'), {
    timeout: 5000,
  });
  expect(status()?.lastState?.terminated).toMatchObject({ exitCode: 3, reason: 'Error' });
  await vi.waitFor(() => expect(status()?.restartCount).toBeGreaterThanOrEqual(3), { timeout: 5000 });
  expect(kubelet.findContainer('default', 'a', 'hub')?.previousLog?.lines.map(({ line }) => line)).toEqual([
    'hello from nobody',
  ]);
  expect(cluster.events('BackOff').length).toBeGreaterThan(0);
});

test('SIGKILL of the group shows as 137, a failing liveness probe restarts, an absent image never starts', async () => {
  await using cluster = await startTestCluster();
  const { api, kubelet } = cluster;
  const livenessProbe = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 10, failureThreshold: 2 };
  await api.create(resources.pods, pod('a', { terminationGracePeriodSeconds: 1 }, { livenessProbe }));
  await api.create(resources.pods, pod('lost', {}, { image: 'nowhere:v1' }));
  const running = await ready(cluster, 'a');
  kubelet.findContainer('default', 'a', 'hub')?.group?.signal('SIGKILL');
  const status = () => api.get<V1Pod>(resources.pods, 'default', 'a')?.status?.containerStatuses?.[0];
  await vi.waitFor(() => expect(status()?.restartCount).toBe(1), { timeout: 5000 });
  expect(status()?.lastState?.terminated?.exitCode).toBe(137);
  await ready(cluster, 'a');
  await ask(running.status?.podIP ?? '', 'sicken');
  await vi.waitFor(() => expect(status()?.restartCount).toBe(2), { timeout: 5000 });
  expect(cluster.events('Killing')).toContain('Container hub failed liveness probe, will be restarted');
  expect(cluster.events('Unhealthy')).toContain(
    'Liveness probe failed: HTTP probe failed with statuscode: 503',
  );
  const lost = api.get<V1Pod>(resources.pods, 'default', 'lost');
  expect(lost?.status?.phase).toBe('Pending');
  expect(lost?.status?.containerStatuses?.[0]?.state?.waiting?.reason).toMatch(
    /^(ErrImagePull|ImagePullBackOff)$/,
  );
});

test('a readiness gate holds the pod back until somebody sets its condition', async () => {
  await using cluster = await startTestCluster();
  const { api } = cluster;
  await api.create(resources.pods, pod('a', { readinessGates: [{ conditionType: 'example.com/gate' }] }));
  const conditions = () => api.get<V1Pod>(resources.pods, 'default', 'a')?.status?.conditions ?? [];
  const find = (type: string) => conditions().find((condition) => condition.type === type);
  await vi.waitFor(() => expect(find('ContainersReady')?.status).toBe('True'), { timeout: 5000 });
  expect(find('Ready')).toMatchObject({ status: 'False', reason: 'ReadinessGatesNotReady' });
  const gate = { type: 'example.com/gate', status: 'True' };
  const status = { conditions: [...conditions(), gate] };
  await api.patch(resources.pods, 'default', 'a', { status }, 'status');
  await ready(cluster, 'a');
});

async function ready({ api }: Awaited<ReturnType<typeof startTestCluster>>, name: string): Promise<V1Pod> {
  return vi.waitFor(
    () => {
      const found = api.get<V1Pod>(resources.pods, 'default', name);
      const condition = found?.status?.conditions?.find(({ type }) => type === 'Ready');
      if (!found || condition?.status !== 'True')
        throw new Error(`not ready: ${JSON.stringify(found?.status)}`);
      return found;
    },
    { timeout: 8000, interval: 20 },
  );
}

function ask(podIP: string, what: string, of = ''): Promise<unknown> {
  return new Promise((resolve, reject) => {
    get(`http://${podIP}:8080/${what}?of=${encodeURIComponent(of)}`, { agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve(JSON.parse(text)));
    }).on('error', reject);
  });
}
