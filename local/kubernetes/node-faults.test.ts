import { existsSync } from 'node:fs';
import type { V1EndpointSlice, V1Lease, V1Node, V1Pod } from '@kubernetes/client-node';
import { expect, test, vi } from 'vitest';
import { isReady } from './pods.ts';
import { resources } from './resources.ts';
import type { TestCluster } from './testing/cluster.ts';
import { deployment, pod, startTestCluster, zones } from './testing/cluster.ts';

const wait = { timeout: 15_000, interval: 10 };

test('a node without power shows its pods running until the grace period, then they are replaced elsewhere', async () => {
  await using cluster = await startTestCluster({ speed: 100 });
  const { api, clock, nodeFaults, pids, signal } = cluster;
  await api.create(resources.services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'hub', namespace: 'default' },
    spec: { selector: { app: 'hub' }, ports: [{ port: 80, targetPort: 'http' }] },
  } as object);
  await api.create(resources.deployments, deployment(3));
  await vi.waitFor(() => expect(readyAddresses(cluster)).toHaveLength(3), wait);
  const lost = podOn(cluster, 'node-2');
  const processes = [...pids];
  const renewals: unknown[] = [];
  const began = clock.elapsedMs();
  await nodeFaults.break('1', { plane: 'nodes', nodes: ['node-2'] });
  expect(processes.filter((pid) => !existsSync(`/proc/${pid}`))).toHaveLength(1);
  expect(isReady(podOn(cluster, 'node-2'))).toBe(true);
  expect(ready(cluster, 'node-2')?.status).toBe('True');
  api.watch<V1Lease>(
    resources.leases,
    ({ type, object }) => type === 'MODIFIED' && renewals.push(object.metadata?.name),
    signal,
  );

  await vi.waitFor(() => expect(ready(cluster, 'node-2')?.status).toBe('Unknown'), wait);
  expect(clock.elapsedMs() - began).toBeGreaterThan(40_000);
  expect(clock.elapsedMs() - began).toBeLessThan(100_000);
  expect(ready(cluster, 'node-2')).toMatchObject({
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
  });
  await vi.waitFor(() => expect(taints(cluster, 'node-2')).toEqual(unreachable), wait);
  await vi.waitFor(() => expect(readyAddresses(cluster)).not.toContain(lost.status?.podIP), wait);
  expect(podOn(cluster, 'node-2')).toMatchObject({ status: { phase: 'Running' } });
  expect(podOn(cluster, 'node-2').metadata?.deletionTimestamp).toBeUndefined();

  await vi.waitFor(() => expect(podOn(cluster, 'node-2').metadata?.deletionTimestamp).toBeDefined(), wait);
  expect(clock.elapsedMs() - began).toBeGreaterThan(340_000);
  await vi.waitFor(() => expect(readyAddresses(cluster)).toHaveLength(3), wait);
  expect(cluster.events('TaintManagerEviction')).toEqual([
    `Marking for deletion Pod default/${lost.metadata?.name}`,
  ]);
  expect(podOn(cluster, 'node-2').metadata?.name).toBe(lost.metadata?.name);
  expect(new Set(renewals)).toEqual(new Set(['node-1', 'node-3']));

  await nodeFaults.mend('1');
  expect(ready(cluster, 'node-2')?.status).toBe('True');
  await vi.waitFor(() => expect(taints(cluster, 'node-2')).toEqual([]), wait);
  await vi.waitFor(() => expect(cluster.pods()).toHaveLength(3), wait);
  expect(cluster.pods().map(({ spec }) => spec?.nodeName)).not.toContain('node-2');
});

test('a node that boots starts the pods again that are still bound to it', async () => {
  await using cluster = await startTestCluster({ speed: 50 });
  const { api, nodeFaults, pids, released } = cluster;
  const once = { restartPolicy: 'Never' };
  const gone = { finalizers: ['example.com/kept'] };
  await api.create(resources.pods, on('node-1', pod('again')));
  await api.create(resources.pods, on('node-1', pod('once', once)));
  const doomed = on('node-1', pod('gone', { terminationGracePeriodSeconds: 1 }));
  await api.create(resources.pods, { ...doomed, metadata: { ...doomed.metadata, ...gone } });
  await vi.waitFor(() => expect(cluster.pods().filter(isReady)).toHaveLength(3), wait);
  const before = cluster.pods().map(({ status }) => status?.podIP);
  const bootID = () => node(cluster, 'node-1').status?.nodeInfo?.bootID;
  const former = bootID();
  const fault = { plane: 'nodes', nodes: ['node-1'] } as const;
  await nodeFaults.break('1', fault);
  await nodeFaults.break('2', fault);
  await nodeFaults.break('2', fault);
  await nodeFaults.mend('1');
  expect(pids.size).toBe(0);
  await api.create(resources.pods, on('node-1', pod('late')));
  await api.delete(resources.pods, 'default', 'gone');
  expect(released).toEqual([]);
  await nodeFaults.mend('2');
  await nodeFaults.mend('2');
  expect(bootID()).not.toBe(former);
  await vi.waitFor(() => expect(isReady(find(cluster, 'again'))).toBe(true), wait);
  await vi.waitFor(() => expect(isReady(find(cluster, 'late'))).toBe(true), wait);
  const lost = { terminated: { exitCode: 255, reason: 'Unknown' } };
  expect(find(cluster, 'again').status?.containerStatuses?.[0]).toMatchObject({
    restartCount: 1,
    lastState: lost,
  });
  expect(before).not.toContain(find(cluster, 'again').status?.podIP);
  expect(find(cluster, 'once').status).toMatchObject({
    phase: 'Failed',
    containerStatuses: [{ restartCount: 0, state: lost }],
  });
  await vi.waitFor(() => expect(find(cluster, 'gone').status?.phase).toBe('Failed'), wait);
  expect([...pids]).toHaveLength(2);
  expect(released).toEqual(expect.arrayContaining(before));
  await expect(nodeFaults.break('3', { plane: 'nodes', nodes: ['node-9'] })).rejects.toThrow(
    'Cannot break the node "node-9": expected one of node-1, node-2, node-3',
  );
});

test('nothing is evicted while no node at all can be reached', async () => {
  await using cluster = await startTestCluster({ speed: 200 });
  const { api, clock, nodeFaults } = cluster;
  await api.create(resources.deployments, deployment(2));
  await vi.waitFor(() => expect(cluster.pods().filter(isReady)).toHaveLength(2), wait);
  await nodeFaults.break('1', { plane: 'nodes', nodes: zones.map((_, index) => `node-${index + 1}`) });
  expect(cluster.pids.size).toBe(0);
  await vi.waitFor(() => expect(cluster.pods().filter(isReady)).toHaveLength(0), wait);
  await clock.sleep(400_000);
  expect(cluster.pods().filter(({ metadata }) => metadata?.deletionTimestamp)).toEqual([]);
  expect(taints(cluster, 'node-1')).toEqual(['node.kubernetes.io/unreachable:NoSchedule']);
  await nodeFaults.mend('1');
  await vi.waitFor(() => expect(cluster.pods().filter(isReady)).toHaveLength(2), wait);
});

const unreachable = ['node.kubernetes.io/unreachable:NoSchedule', 'node.kubernetes.io/unreachable:NoExecute'];

function node({ api }: TestCluster, name: string): V1Node {
  const found = api.get<V1Node>(resources.nodes, undefined, name);
  if (!found) throw new Error(`no node ${name}`);
  return found;
}

function ready(cluster: TestCluster, name: string) {
  return node(cluster, name).status?.conditions?.find(({ type }) => type === 'Ready');
}

function taints(cluster: TestCluster, name: string): string[] {
  return (node(cluster, name).spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);
}

function on(nodeName: string, object: V1Pod): V1Pod {
  return { ...object, spec: { ...object.spec, containers: object.spec?.containers ?? [], nodeName } };
}

function find({ api }: TestCluster, name: string): V1Pod {
  const found = api.get<V1Pod>(resources.pods, 'default', name);
  if (!found) throw new Error(`no pod ${name}`);
  return found;
}

function podOn(cluster: TestCluster, name: string): V1Pod {
  const [found] = cluster.pods().filter(({ spec }) => spec?.nodeName === name);
  if (!found) throw new Error(`no pod on ${name}`);
  return found;
}

function readyAddresses({ api }: TestCluster): string[] {
  return api
    .list<V1EndpointSlice>(resources.endpointSlices, { namespace: 'default' })
    .filter(({ metadata }) => metadata?.labels?.['kubernetes.io/service-name'] === 'hub')
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready)
    .flatMap(({ addresses }) => addresses);
}
