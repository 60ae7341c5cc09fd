import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { V1ConfigMap, V1Deployment, V1Pod } from '@kubernetes/client-node';
import {
  AppsV1Api,
  CoreV1Api,
  KubeConfig,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  Watch,
} from '@kubernetes/client-node';
import { Agent, fetch } from 'undici';
import { expect, test } from 'vitest';
import { createCertificateAuthority } from '../../base/certificates.ts';
import { createClock } from '../../base/clock.ts';
import { createRandom } from '../../base/random.ts';
import type { PodLog } from './pod-backend.ts';
import type { ApiServer } from './start-api-server.ts';
import { startApiServer } from './start-api-server.ts';

const pods = { group: '', version: 'v1', plural: 'pods' };
const tokens = {
  admin: { user: 'admin', groups: ['system:masters'] },
  reader: { user: 'reader', groups: ['readers'] },
};
const access = { readers: [{ verbs: ['get', 'list', 'watch'], apiGroups: [''], resources: ['pods'] }] };

async function start() {
  const authority = await createCertificateAuthority('test cluster');
  const abort = new AbortController();
  const server = await startApiServer({
    host: '127.0.0.1',
    port: 0,
    clock: createClock({ speed: 100 }),
    random: createRandom(1),
    authority,
    tokens,
    access,
    signal: abort.signal,
  });
  const agent = new Agent({ connect: { ca: server.caPem } });
  return {
    ...server,
    authority,
    config: (token: string) => configOf(server, { token }),
    /** Plain HTTPS, to see what clients hide. */
    raw: (path: string, init: { method?: string; body?: string; headers?: Record<string, string> } = {}) =>
      fetch(server.url + path, {
        dispatcher: agent,
        ...init,
        headers: { authorization: 'Bearer admin', 'content-type': 'application/json', ...init.headers },
      }),
    [Symbol.asyncDispose]: async () => {
      await agent.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}

function configOf(server: ApiServer, user: object): KubeConfig {
  const config = new KubeConfig();
  const caData = Buffer.from(server.caPem).toString('base64');
  config.loadFromOptions({
    clusters: [{ name: 'c', server: server.url, caData }],
    users: [{ name: 'u', ...user }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
    currentContext: 'x',
  });
  return config;
}

const pod = (name: string): V1Pod => ({
  metadata: { name, labels: { app: 'hub' } },
  spec: { nodeName: 'node-a', containers: [{ name: 'hub', image: 'hub:v1' }] },
});
const deployment: V1Deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'hub', namespace: 'default' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'hub' } },
    template: {
      metadata: { labels: { app: 'hub' } },
      spec: { containers: [{ name: 'hub', image: 'hub:v1' }] },
    },
  },
};

test('the client creates, patches, lists in chunks and deletes', async () => {
  await using server = await start();
  const core = server.config('admin').makeApiClient(CoreV1Api);
  for (const name of ['a', 'b', 'c'])
    await core.createNamespacedPod({ namespace: 'default', body: pod(name) });
  const first = await core.listNamespacedPod({ namespace: 'default', limit: 2 });
  expect(first.items.map(({ metadata }) => metadata?.name)).toEqual(['a', 'b']);
  expect(first.metadata?.remainingItemCount).toBe(1);
  const _continue = first.metadata?._continue;
  const rest = await core.listNamespacedPod({ namespace: 'default', limit: 2, _continue });
  expect(rest.items.map(({ metadata }) => metadata?.name)).toEqual(['c']);
  const onNode = await core.listPodForAllNamespaces({
    fieldSelector: 'spec.nodeName=node-a,status.phase!=Running',
  });
  expect(onNode.items).toHaveLength(3);
  const deleted = await core.deleteNamespacedPod({ name: 'a', namespace: 'default' });
  expect(deleted.metadata?.deletionGracePeriodSeconds).toBe(30);
});

test('an informer sees every change and a watch from long ago is told to list again', async () => {
  await using server = await start();
  const config = server.config('admin');
  const core = config.makeApiClient(CoreV1Api);
  const informer = makeInformer(config, '/api/v1/namespaces/default/pods', () =>
    core.listNamespacedPod({ namespace: 'default' }),
  );
  const seen: string[] = [];
  const done = Promise.withResolvers<void>();
  informer.on('add', ({ metadata }) => seen.push(`add ${metadata?.name}`));
  informer.on('update', ({ metadata }) => seen.push(`update ${metadata?.labels?.app}`));
  informer.on('delete', () => done.resolve());
  await informer.start();
  await server.api.create(pods, { ...pod('a'), metadata: { name: 'a', namespace: 'default' } });
  await server.api.patch(pods, 'default', 'a', { metadata: { labels: { app: 'web' } } });
  await server.api.delete(pods, 'default', 'a', { gracePeriodSeconds: 0 });
  await done.promise;
  await informer.stop();
  expect(seen).toEqual(['add a', 'update web']);

  for (let round = 0; round < 1001; round++) {
    await server.api.create(pods, { ...pod('x'), metadata: { name: 'x', namespace: 'default' } });
    await server.api.delete(pods, 'default', 'x', { gracePeriodSeconds: 0 });
  }
  const told = Promise.withResolvers<unknown>();
  const note = (type: string, status: unknown): void => told.resolve({ type, status });
  await new Watch(config).watch('/api/v1/pods', { resourceVersion: '5' }, note, () => undefined);
  expect(await told.promise).toMatchObject({ type: 'ERROR', status: { code: 410, reason: 'Expired' } });
});

test('server-side apply names the manager in a conflict, takes over by force, and removes what is no longer applied', async () => {
  await using server = await start();
  const objects = KubernetesObjectApi.makeApiClient(server.config('admin'));
  const apply = (object: V1Deployment, manager: string, force?: boolean) =>
    objects.patch(object, undefined, undefined, manager, force, PatchStrategy.ServerSideApply);
  await apply(deployment, 'deployer');
  const scaled = { ...deployment, spec: { replicas: 5 } } as V1Deployment;
  await expect(apply(scaled, 'scaler')).rejects.toMatchObject({
    code: 409,
    body: expect.stringContaining('conflict with \\"deployer\\": .spec.replicas'),
  });
  const forced = (await apply(scaled, 'scaler', true)) as V1Deployment;
  expect(forced.spec?.replicas).toBe(5);
  expect(forced.metadata?.generation).toBe(2);
  const owners = forced.metadata?.managedFields?.map(({ manager }) => manager);
  expect(owners).toEqual(['deployer', 'scaler']);

  const withLabel = structuredClone(deployment);
  withLabel.metadata = { ...withLabel.metadata, labels: { tier: 'web' } };
  delete withLabel.spec?.replicas;
  expect((await apply(withLabel, 'deployer')).metadata?.labels).toEqual({ tier: 'web' });
  delete withLabel.metadata.labels;
  const last = (await apply(withLabel, 'deployer')) as V1Deployment;
  expect(last.metadata?.labels).toBeUndefined();
  expect(last.spec?.replicas).toBe(5);
  expect((await apply(withLabel, 'deployer')).metadata?.resourceVersion).toBe(last.metadata?.resourceVersion);
});

test('scale, eviction under a budget, and binding', async () => {
  await using server = await start();
  const config = server.config('admin');
  const apps = config.makeApiClient(AppsV1Api);
  const core = config.makeApiClient(CoreV1Api);
  await apps.createNamespacedDeployment({ namespace: 'default', body: deployment });
  const name = { name: 'hub', namespace: 'default' };
  const scale = await apps.readNamespacedDeploymentScale(name);
  await apps.replaceNamespacedDeploymentScale({ ...name, body: { ...scale, spec: { replicas: 7 } } });
  expect((await apps.readNamespacedDeployment(name)).spec?.replicas).toBe(7);

  const budgets = { group: 'policy', version: 'v1', plural: 'poddisruptionbudgets' };
  const selector = { matchLabels: { app: 'hub' } };
  const budget = { metadata: name, spec: { minAvailable: 1, selector } };
  await server.api.create(budgets, budget);
  const status = {
    observedGeneration: 1,
    disruptionsAllowed: 0,
    currentHealthy: 1,
    desiredHealthy: 1,
    expectedPods: 1,
  };
  await server.api.patch(budgets, 'default', 'hub', { status }, 'status');
  const { nodeName: _, ...unbound } = pod('a').spec ?? { containers: [] };
  await core.createNamespacedPod({ namespace: 'default', body: { ...pod('a'), spec: unbound } });
  await core.createNamespacedPodBinding({
    name: 'a',
    namespace: 'default',
    body: { metadata: { name: 'a' }, target: { kind: 'Node', name: 'node-b' } },
  });
  const conditions = [{ type: 'Ready', status: 'True' }];
  await server.api.patch(pods, 'default', 'a', { status: { phase: 'Running', conditions } }, 'status');
  const evict = () =>
    core.createNamespacedPodEviction({ name: 'a', namespace: 'default', body: { metadata: { name: 'a' } } });
  await expect(evict()).rejects.toMatchObject({
    code: 429,
    body: expect.stringContaining('DisruptionBudget'),
  });
  await server.api.patch(budgets, 'default', 'hub', { status: { disruptionsAllowed: 1 } }, 'status');
  await evict();
  expect(server.api.get<V1Pod>(pods, 'default', 'a')?.metadata?.deletionTimestamp).toBeDefined();
  expect(server.api.get(budgets, 'default', 'hub')).toMatchObject({ status: { disruptionsAllowed: 0 } });
});

test('who may not is told so, who is unknown is refused, a certificate is an identity', async () => {
  await using server = await start();
  const core = server.config('reader').makeApiClient(CoreV1Api);
  expect((await core.listPodForAllNamespaces()).items).toEqual([]);
  await expect(core.listNamespacedSecret({ namespace: 'default' })).rejects.toMatchObject({
    code: 403,
    body: expect.stringContaining('User \\"reader\\" cannot list resource \\"secrets\\" in API group \\"\\"'),
  });
  const stranger = await server.raw('/api/v1/pods', { headers: { authorization: 'Bearer wrong' } });
  expect(stranger.status).toBe(401);
  expect((await server.raw('/readyz', { headers: { authorization: '' } })).status).toBe(200);
  const issued = await server.authority.issue({
    names: [],
    commonName: 'ops',
    organization: 'system:masters',
  });
  const certificate = {
    certData: Buffer.from(issued.certificatePem).toString('base64'),
    keyData: Buffer.from(issued.privateKeyPem).toString('base64'),
  };
  const operator = configOf(server, certificate).makeApiClient(CoreV1Api);
  expect((await operator.listNode()).items).toEqual([]);
});

test('unknown fields are warned of, refused when strict, and dry runs keep nothing', async () => {
  await using server = await start();
  const body = JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a' },
    spec: { x: 1 },
  });
  const path = '/api/v1/namespaces/default/configmaps';
  const strict = await server.raw(`${path}?fieldValidation=Strict`, { method: 'POST', body });
  expect(await strict.json()).toMatchObject({
    code: 400,
    message:
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "spec"',
  });
  const warned = await server.raw(`${path}?dryRun=All`, { method: 'POST', body });
  expect(warned.status).toBe(201);
  expect(warned.headers.get('warning')).toBe('299 - "unknown field \\"spec\\""');
  expect((await server.raw(`${path}/a`)).status).toBe(404);
  expect(await (await server.raw('/apis/rbac.authorization.k8s.io/v1/roles')).json()).toMatchObject({
    kind: 'Status',
    code: 404,
    reason: 'NotFound',
  });
});

test('a log is cut to its tail, and followed to its end', async () => {
  await using server = await start();
  let end: () => void = () => undefined;
  const log: PodLog = {
    lines: ['one', 'two', 'three'].map((line) => ({ time: new Date(), line })),
    ended: false,
    follow: (onLine) => {
      onLine({ time: new Date(), line: 'four' });
      end = () => onLine(undefined);
      queueMicrotask(end);
      return () => undefined;
    },
  };
  server.setPodBackend({ log: (...asked) => (asked[3] ? undefined : log), usage: () => undefined });
  await server.api.create(pods, { ...pod('a'), metadata: { name: 'a', namespace: 'default' } });
  const path = '/api/v1/namespaces/default/pods/a/log';
  expect(await (await server.raw(`${path}?tailLines=1&follow=true`)).text()).toBe('three\nfour\n');
  expect(await (await server.raw(`${path}?limitBytes=5`)).text()).toBe('one\nt');
  expect((await server.raw(`${path}?previous=true`)).status).toBe(400);
});

test('kubectl prints, applies, creates by protobuf and explains', async () => {
  await using server = await start();
  const home = await mkdtemp(join(tmpdir(), 'stormproof-kubectl-'));
  const kubeconfig = join(home, 'config');
  await writeFile(kubeconfig, server.config('admin').exportConfig());
  const kubectl = async (...args: string[]) => {
    const env = { ...process.env, HOME: home, KUBECONFIG: kubeconfig };
    return (await promisify(execFile)('kubectl', args, { env })).stdout;
  };
  try {
    await writeFile(join(home, 'hub.json'), JSON.stringify(deployment));
    expect(await kubectl('apply', '-f', join(home, 'hub.json'))).toBe('deployment.apps/hub created\n');
    expect(await kubectl('apply', '-f', join(home, 'hub.json'))).toBe('deployment.apps/hub unchanged\n');
    expect(await kubectl('create', 'configmap', 'c', '--from-literal=a=b')).toBe('configmap/c created\n');
    const created = await server.config('admin').makeApiClient(CoreV1Api).readNamespacedConfigMap({
      name: 'c',
      namespace: 'default',
    });
    expect((created as V1ConfigMap).data).toEqual({ a: 'b' });
    const table = await kubectl('get', 'deploy,ns', '-A', '-o', 'wide');
    expect(table).toMatch(/NAMESPACE +NAME +READY +UP-TO-DATE +AVAILABLE +AGE +CONTAINERS +IMAGES +SELECTOR/);
    expect(table).toMatch(/default +deployment.apps\/hub +0\/3 +0 +0 +\d+s +hub +hub:v1 +app=hub/);
    expect(await kubectl('explain', 'deployment.spec.replicas')).toContain('FIELD: replicas <integer>');
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});
