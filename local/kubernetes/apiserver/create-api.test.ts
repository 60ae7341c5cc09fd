import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { createClock } from '../../base/clock.ts';
import { createRandom } from '../../base/random.ts';
import type { KubernetesApi, WatchEvent } from '../api.ts';
import { createApi } from './create-api.ts';

const pods = { group: '', version: 'v1', plural: 'pods' };
const deployments = { group: 'apps', version: 'v1', plural: 'deployments' };
const namespaces = { group: '', version: 'v1', plural: 'namespaces' };

function startApi(): KubernetesApi & Disposable {
  const abort = new AbortController();
  const api = createApi({ clock: createClock({ speed: 10 }), random: createRandom(1), signal: abort.signal });
  return { ...api, [Symbol.dispose]: () => abort.abort() };
}

const container = { name: 'web', image: 'hub:v1' };
const pod = (name: string, more: object = {}): V1Pod => ({
  metadata: { name, namespace: 'default', ...more },
  spec: { containers: [container] },
});
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a created pod has the defaults of a real server', async () => {
  using api = startApi();
  const created = await api.create(pods, pod('a'));
  expect(created.spec).toMatchObject({
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    terminationGracePeriodSeconds: 30,
    serviceAccountName: 'default',
    containers: [{ imagePullPolicy: 'IfNotPresent', resources: {} }],
  });
  expect(created.status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
});

test('a stale resourceVersion is refused, status and spec are written apart', async () => {
  using api = startApi();
  const first = await api.create(pods, pod('a'));
  const running = { ...first, spec: undefined, status: { phase: 'Running' } };
  const updated = await api.update<V1Pod>(pods, running, 'status');
  expect(updated.spec).toEqual(first.spec);
  expect(updated.metadata?.generation).toBe(1);
  await expect(api.update(pods, first)).rejects.toMatchObject({ status: 409, reason: 'Conflict' });
});

test('a watch gives what there is, then each change, with selectors applied', async () => {
  using api = startApi();
  await api.create(pods, pod('a', { labels: { app: 'hub' } }));
  const seen: string[] = [];
  const abort = new AbortController();
  const note = ({ type, object }: WatchEvent<V1Pod>) => seen.push(`${type} ${object.metadata?.name}`);
  api.watch<V1Pod>(pods, note, abort.signal, { labelSelector: 'app in (hub, web),!old' });
  await api.create(pods, pod('b', { labels: { app: 'other' } }));
  await api.patch(pods, 'default', 'b', { metadata: { labels: { app: 'web' } } });
  await api.patch(pods, 'default', 'a', { metadata: { labels: { old: 'yes' } } });
  await turn();
  abort.abort();
  expect(seen).toEqual(['ADDED a', 'ADDED b', 'DELETED a']);
});

test('an invalid object is refused with every field named', async () => {
  using api = startApi();
  const wrong: V1Deployment = {
    metadata: { name: 'Bad_Name', namespace: 'default' },
    spec: {
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'c' } }, spec: { containers: [] } },
    },
  };
  await expect(api.create(deployments, wrong)).rejects.toMatchObject({
    status: 422,
    details: {
      causes: [
        { field: 'metadata.name' },
        { field: 'spec.template.spec.containers' },
        { field: 'spec.template.metadata.labels' },
      ],
    },
  });
});

test('dependents go after their owner, and a pod on a node waits for its kubelet', async () => {
  using api = startApi();
  const owner = await api.create(pods, pod('owner'));
  const { name = '', uid = '' } = owner.metadata ?? {};
  const dependent = pod('child', { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid }] });
  dependent.spec = { ...dependent.spec, nodeName: 'node-1', containers: [container] };
  await api.create(pods, dependent);
  await api.delete(pods, 'default', 'owner');
  await turn();
  const child = api.get<V1Pod>(pods, 'default', 'child');
  expect(child?.metadata).toMatchObject({ deletionGracePeriodSeconds: 30 });
  await api.delete(pods, 'default', 'child', { gracePeriodSeconds: 0 });
  expect(api.get(pods, 'default', 'child')).toBeUndefined();
});

test('foreground deletion waits for dependents, orphaning lets them go', async () => {
  using api = startApi();
  const dependentOf = async (name: string) => {
    const { uid = '' } = (await api.create(pods, pod(name))).metadata ?? {};
    const owner = { apiVersion: 'v1', kind: 'Pod', name, uid, blockOwnerDeletion: true };
    const more = { ownerReferences: [owner], finalizers: ['example.com/hold'] };
    await api.create(pods, pod(`${name}-child`, more));
  };
  await dependentOf('a');
  await api.delete(pods, 'default', 'a', { propagationPolicy: 'Foreground' });
  await turn();
  expect(api.get(pods, 'default', 'a')?.metadata?.finalizers).toEqual(['foregroundDeletion']);
  await api.patch(pods, 'default', 'a-child', { metadata: { finalizers: null } });
  await turn();
  expect(api.list(pods)).toEqual([]);
  await dependentOf('b');
  await api.delete(pods, 'default', 'b', { propagationPolicy: 'Orphan' });
  await turn();
  expect(api.list(pods).map(({ metadata }) => [metadata?.name, metadata?.ownerReferences])).toEqual([
    ['b-child', undefined],
  ]);
});

test('an admission hook may take its time', async () => {
  const abort = new AbortController();
  const gate = { conditionType: 'target-health.elbv2.k8s.aws/hub' };
  const api = createApi({
    clock: createClock({ speed: 10 }),
    random: createRandom(1),
    signal: abort.signal,
    admit: [
      async (_operation, { plural }, object) => {
        await turn();
        return plural === 'pods' ? { ...object, spec: { ...object.spec, readinessGates: [gate] } } : object;
      },
    ],
  });
  const created = await api.create(pods, pod('a'));
  expect(created.spec?.readinessGates).toEqual([gate]);
  abort.abort();
});

test('a deleted namespace is emptied, then removed, and refuses new content meanwhile', async () => {
  using api = startApi();
  await api.create(namespaces, { metadata: { name: 'hub' } });
  await api.create(pods, { ...pod('a'), metadata: { name: 'a', namespace: 'hub', finalizers: ['x.y/z'] } });
  await api.delete(namespaces, undefined, 'hub');
  await turn();
  const late = { ...pod('b'), metadata: { name: 'b', namespace: 'hub' } };
  await expect(api.create(pods, late)).rejects.toMatchObject({ status: 403 });
  await api.patch(pods, 'hub', 'a', { metadata: { finalizers: null } });
  await turn();
  expect(api.get(namespaces, undefined, 'hub')).toBeUndefined();
});
