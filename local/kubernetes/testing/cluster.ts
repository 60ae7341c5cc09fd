import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { V1Container, V1Deployment, V1Pod } from '@kubernetes/client-node';
import { decode, encode } from 'dns-packet';
import { createClock } from '../../base/clock.ts';
import { claimLoopbackBlock } from '../../base/loopback.ts';
import { createRandom } from '../../base/random.ts';
import { createApi } from '../apiserver/create-api.ts';
import type { AdmissionHook } from '../apiserver/request.ts';
import { startControllers } from '../controllers/start-controllers.ts';
import { startKubelet } from '../kubelet/kubelet.ts';
import type { PodLogLine } from '../kubelet/kubelet-context.ts';
import { createNodeFaults } from '../node-faults.ts';
import { createPodFaults } from '../pod-faults.ts';
import { podUsage } from '../pod-usage.ts';
import { resources } from '../resources.ts';
import { startScheduler } from '../scheduler/scheduler.ts';

export const zones = ['us-east-1a', 'us-east-1b', 'us-east-1c'];
export const program = fileURLToPath(new URL('./program.ts', import.meta.url));

/** A whole cluster without the API's sockets, for tests: real processes, its own loopback block. */
export async function startTestCluster({ speed = 20, admit = [] as AdmissionHook[] } = {}) {
  const abort = new AbortController();
  const { signal } = abort;
  const clock = createClock({ speed });
  const random = createRandom(1);
  const block = await claimLoopbackBlock();
  const dns = await startDns(block.at(0, 53));
  const api = createApi({ clock, random, signal, admit });
  const lines: PodLogLine[] = [];
  const pids = new Set<number>();
  const processes = {
    onProcess: (pid: number) => void pids.add(pid),
    onProcessExit: (pid: number) => void pids.delete(pid),
  };
  const released: string[] = [];
  const groups = ['podZoneA', 'podZoneB', 'podZoneC'] as const;
  const kubelet = await startKubelet({
    api,
    clock,
    random,
    signal,
    nodes: zones.map((zone, index) => ({
      name: `node-${index + 1}`,
      zone,
      address: block.at(20, index + 1),
      cpu: 2,
      memoryBytes: 4 * 2 ** 30,
      instanceType: 'm6i.large',
    })),
    ports: {
      ...processes,
      allocatePodAddress: (zone) => block.next(groups[zones.indexOf(zone)] ?? 'podZoneA'),
      releasePodAddress: (address) => void released.push(address),
      resolveImage: async (reference) =>
        reference.startsWith('hub:')
          ? { digest: `sha256:${'a'.repeat(64)}`, command: ['node', program] }
          : undefined,
      onLogLine: (line) => void lines.push(line),
      dnsServer: { address: block.at(0, 53), port: 53_053 },
    },
  });
  startScheduler({ api, clock, signal });
  startControllers({ api, clock, random, signal, usageOf: podUsage(kubelet) });

  const pods = (): readonly V1Pod[] => api.list<V1Pod>(resources.pods, { namespace: 'default' });
  return {
    api,
    clock,
    kubelet,
    block,
    lines,
    pids,
    released,
    nodeFaults: createNodeFaults(kubelet),
    podFaults: createPodFaults({ kubelet, ports: processes }),
    signal,
    pods,
    events: (reason: string) =>
      api
        .list<{ reason?: string; message?: string; metadata?: object }>(resources.events)
        .filter((event) => event.reason === reason)
        .map(({ message }) => message),
    [Symbol.asyncDispose]: async () => {
      abort.abort();
      await kubelet[Symbol.asyncDispose]();
      dns.close();
      await block[Symbol.asyncDispose]();
    },
  };
}

export type TestCluster = Awaited<ReturnType<typeof startTestCluster>>;

export function container(more: Partial<V1Container> = {}): V1Container {
  return {
    name: 'hub',
    image: 'hub:v1',
    ports: [{ name: 'http', containerPort: 8080 }],
    env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
    readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 2, failureThreshold: 1 },
    ...more,
  };
}

export function pod(name: string, spec: Partial<V1Pod['spec']> = {}, more: Partial<V1Container> = {}): V1Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: 'hub' } },
    spec: { containers: [container(more)], ...spec },
  };
}

export function deployment(replicas: number, more: Partial<V1Container> = {}): V1Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'hub', namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'hub' } },
      template: { metadata: { labels: { app: 'hub' } }, spec: { containers: [container(more)] } },
    },
  };
}

/** Every name resolves to 127.0.0.9. */
async function startDns(address: string) {
  const socket = createSocket('udp4');
  socket.on('message', (message, sender) => {
    const query = decode(message);
    const answers = (query.questions ?? [])
      .filter(({ type }) => type === 'A')
      .map(({ name }) => ({ type: 'A' as const, name, ttl: 5, data: '127.0.0.9' }));
    socket.send(encode({ ...query, type: 'response', answers }), sender.port, sender.address);
  });
  socket.bind(53_053, address);
  await once(socket, 'listening');
  return socket;
}
