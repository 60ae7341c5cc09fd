import type { V1Pod } from '@kubernetes/client-node';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { KubernetesApi } from '../api.ts';
import { createEventRecorder } from '../events.ts';
import { isFinished } from '../pods.ts';
import { resources } from '../resources.ts';
import type { Container } from './container.ts';
import type { KubeletPorts, NodeContext, NodeSpec } from './kubelet-context.ts';
import { enforceMemoryLimits } from './memory-limits.ts';
import { registerNode } from './node-registration.ts';
import type { PodWorker } from './pod-worker.ts';
import { startPodWorker } from './pod-worker.ts';
import type { UsageSample } from './usage-sampler.ts';
import { startUsageSampler } from './usage-sampler.ts';

export interface KubeletOptions {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly random: Random;
  readonly nodes: readonly NodeSpec[];
  readonly ports: KubeletPorts;
  readonly signal: AbortSignal;
}

/** The node agents of a cluster, in one process. Disposing kills every pod's processes at once. */
export interface Kubelet extends AsyncDisposable {
  /** Undefined when these nodes have no such container. */
  findContainer(namespace: string, pod: string, container: string): Container | undefined;
  findPod(namespace: string, pod: string): PodWorker | undefined;
  /** Usage of each container between the last two samples; undefined until there are two. */
  usageOf(namespace: string, pod: string): UsageSample | undefined;
}

export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { api, clock, random, nodes, ports, signal } = options;
  const workers = new Map<string, PodWorker>();
  const ending = new Set<Promise<void>>();
  const contexts = new Map<string, NodeContext>();
  for (const node of nodes) {
    const events = createEventRecorder({ api, clock, component: 'kubelet', host: node.name });
    const context = { api, clock, random, ports, node, events, images: new Map() };
    contexts.set(node.name, context);
    await registerNode(context, signal);
  }

  const onPod = (type: string, pod: V1Pod): void => {
    const uid = pod.metadata?.uid ?? '';
    const worker = workers.get(uid);
    if (type === 'DELETED') {
      workers.delete(uid);
      if (worker) track(worker.destroy());
      return;
    }
    const context = contexts.get(pod.spec?.nodeName ?? '');
    if (worker) {
      worker.update(pod);
      return;
    }
    if (!context || isFinished(pod) || signal.aborted) return;
    const started = startPodWorker(context, pod);
    workers.set(uid, started);
    if (pod.metadata?.deletionTimestamp) started.update(pod);
  };
  const track = (work: Promise<void>): void => {
    const tracked = work.finally(() => ending.delete(tracked));
    ending.add(tracked);
  };
  api.watch<V1Pod>(resources.pods, ({ type, object }) => onPod(type, object), signal);

  const findPod = (namespace: string, name: string): PodWorker | undefined =>
    [...workers.values()].find((worker) => worker.namespace === namespace && worker.name === name);
  const pods = () => [...workers.values()];
  const sampler = startUsageSampler({ clock, signal, pods });
  enforceMemoryLimits({ clock, signal, pods });
  return {
    findPod,
    findContainer: (namespace, pod, container) =>
      findPod(namespace, pod)?.containers.find(({ spec }) => spec.name === container),
    usageOf: (namespace, pod) => {
      const worker = findPod(namespace, pod);
      return worker && sampler.usageOf(worker);
    },
    [Symbol.asyncDispose]: async () => {
      for (const worker of workers.values()) track(worker.destroy());
      workers.clear();
      await Promise.all(ending);
    },
  };
}
