import { readFileSync } from 'node:fs';
import type { V1Pod } from '@kubernetes/client-node';
import { expect, test, vi } from 'vitest';
import type { PodEffect, PodFault } from '../base/plane-fault.ts';
import { canLimitOpenFiles } from './kubelet/open-files.ts';
import { isReady } from './pods.ts';
import { resources } from './resources.ts';
import type { TestCluster } from './testing/cluster.ts';
import { pod, startTestCluster } from './testing/cluster.ts';

const wait = { timeout: 10_000, interval: 20 };
const mebibyte = 2 ** 20;

test('a hanging pod holds its connections and answers nothing until it is mended', async () => {
  await using cluster = await startTestCluster();
  const { podFaults, pids } = cluster;
  const address = await start(cluster, pod('a'));
  await podFaults.break('1', faultOf('a', { kind: 'hang' }));
  await podFaults.break('1', faultOf('a', { kind: 'hang' }));
  await podFaults.break('2', faultOf('a', { kind: 'hang' }));
  expect([...pids].map(stateOf)).toEqual(['T']);
  await vi.waitFor(() => expect(isReady(find(cluster, 'a'))).toBe(false), wait);
  const answer = ask(address, 'hostname');
  await podFaults.mend('1');
  expect([...pids].map(stateOf)).toEqual(['T']);
  await podFaults.mend('2');
  await podFaults.mend('2');
  expect(await answer).toBe('a');
  await vi.waitFor(() => expect(isReady(find(cluster, 'a'))).toBe(true), wait);
  await expect(podFaults.break('3', faultOf('b', { kind: 'hang' }))).rejects.toThrow(
    'Cannot break the pod default/b: expected a running container, got none',
  );
});

test('a liveness probe ends a hang: SIGKILL after the grace period, and a new container', async () => {
  await using cluster = await startTestCluster();
  const livenessProbe = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 5, failureThreshold: 2 };
  const address = await start(cluster, pod('a', { terminationGracePeriodSeconds: 5 }, { livenessProbe }));
  const [first] = cluster.pids;
  await cluster.podFaults.break('1', faultOf('a', { kind: 'hang' }));
  const status = () => find(cluster, 'a').status?.containerStatuses?.[0];
  await vi.waitFor(() => expect(status()).toMatchObject({ restartCount: 1, ready: true }), wait);
  expect(status()?.lastState?.terminated?.exitCode).toBe(137);
  expect([...cluster.pids]).not.toContain(first);
  expect(await ask(address, 'hostname')).toBe('a');
  await cluster.podFaults.mend('1');
});

test('a stressor burns CPU on the account of its pod, and ends with the fault or with the pod', async () => {
  await using cluster = await startTestCluster({ speed: 30 });
  const { kubelet, podFaults, pids } = cluster;
  await start(cluster, pod('a'));
  const [own] = pids;
  const cpu = () => kubelet.usageOf('default', 'a')?.containers[0]?.cpuCores;
  await vi.waitFor(() => expect(cpu()).toBeLessThan(0.1), wait);
  await podFaults.break('1', faultOf('a', { kind: 'cpu-stress', cpus: 0.5 }));
  const [stressor] = [...pids].filter((pid) => pid !== own);
  await vi.waitFor(() => expect(cpu()).toBeGreaterThan(0.3), wait);
  expect(ticksOf(stressor)).toBeGreaterThan(10);
  await podFaults.mend('1');
  expect(stateOf(stressor)).toBeUndefined();
  expect([...pids]).toEqual([own]);
  await podFaults.break('2', faultOf('a', { kind: 'cpu-stress', cpus: 0.1 }));
  expect(pids.size).toBe(2);
  await cluster.api.delete(resources.pods, 'default', 'a', { gracePeriodSeconds: 1 });
  await vi.waitFor(() => expect(pids.size).toBe(0), wait);
  await podFaults.mend('2');
});

test('memory beside a pod counts in its usage, and over its limit the container is OOMKilled', async () => {
  await using cluster = await startTestCluster({ speed: 30 });
  const limits = { memory: '400Mi' };
  await start(cluster, pod('a', {}, { resources: { limits } }));
  await start(cluster, pod('b'));
  const memory = (name: string) => cluster.kubelet.usageOf('default', name)?.containers[0]?.memoryBytes ?? 0;
  const effect: PodEffect = { kind: 'memory-stress', bytes: 200 * mebibyte };
  await cluster.podFaults.break('1', faultOf('a', effect));
  await cluster.podFaults.break('2', faultOf('b', { ...effect, bytes: 500 * mebibyte }));
  await vi.waitFor(() => expect(memory('a')).toBeGreaterThan(200 * mebibyte), wait);
  await vi.waitFor(() => expect(memory('b')).toBeGreaterThan(500 * mebibyte), wait);
  const status = () => find(cluster, 'a').status?.containerStatuses?.[0];
  expect(status()?.restartCount).toBe(0);
  await cluster.podFaults.break('3', faultOf('a', effect));
  await vi.waitFor(() => expect(status()).toMatchObject({ restartCount: 1, ready: true }), wait);
  expect(status()?.lastState?.terminated).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
  for (const id of ['1', '2', '3']) await cluster.podFaults.mend(id);
  expect(cluster.pids.size).toBe(2);
});

test.skipIf(!canLimitOpenFiles())('a pod out of file descriptors opens none until it is mended', async () => {
  await using cluster = await startTestCluster();
  const address = await start(cluster, pod('a'));
  const answers = fetch(`http://${address}:8080/open?of=1`);
  expect((await answers).status).toBe(200);
  const former = softLimitOf([...cluster.pids][0]);
  await cluster.podFaults.break('1', faultOf('a', { kind: 'file-descriptors' }));
  await cluster.podFaults.break('2', faultOf('a', { kind: 'file-descriptors' }));
  expect(Number(softLimitOf([...cluster.pids][0]))).toBeLessThan(100);
  // The connection of before is still open: it needs no descriptor, what it asks for does.
  await vi.waitFor(async () => expect(await ask(address, 'open', '50')).toContain('EMFILE'), wait);
  await cluster.podFaults.mend('1');
  expect(Number(softLimitOf([...cluster.pids][0]))).toBeLessThan(100);
  await cluster.podFaults.mend('2');
  expect(softLimitOf([...cluster.pids][0])).toBe(former);
  expect(await ask(address, 'open', '50')).toBe('open');
});

function faultOf(name: string, effect: PodEffect): PodFault {
  return { plane: 'pods', namespace: 'default', pod: name, effect };
}

function find({ api }: TestCluster, name: string): V1Pod {
  const found = api.get<V1Pod>(resources.pods, 'default', name);
  if (!found) throw new Error(`no pod ${name}`);
  return found;
}

/** Its address, once it is ready. */
async function start(cluster: TestCluster, object: V1Pod): Promise<string> {
  await cluster.api.create(resources.pods, object);
  const name = object.metadata?.name ?? '';
  await vi.waitFor(() => expect(isReady(find(cluster, name))).toBe(true), wait);
  return find(cluster, name).status?.podIP ?? '';
}

async function ask(address: string, what: string, of = ''): Promise<unknown> {
  const answer = await fetch(`http://${address}:8080/${what}?of=${of}`);
  return answer.json();
}

function stateOf(pid: number | undefined): string | undefined {
  return statOf(pid)?.[0];
}

/** User and system time, in hundredths of a second. */
function ticksOf(pid: number | undefined): number {
  const fields = statOf(pid) ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

function statOf(pid: number | undefined): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function softLimitOf(pid: number | undefined): string | undefined {
  return /^Max open files\s+(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1];
}
