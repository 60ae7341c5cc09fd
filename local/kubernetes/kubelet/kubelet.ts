import type { V1Pod } from '@kubernetes/client-node';
import { resources } from '../resources.ts';
import type { Container } from './container.ts';
import type { NodeSpec } from './kubelet-context.ts';
import { enforceMemoryLimits } from './memory-limits.ts';
import type { NodeAgent, NodeAgentOptions } from './node-agent.ts';
import { createNodeAgent } from './node-agent.ts';
import type { PodWorker } from './pod-worker.ts';
import type { UsageSample } from './usage-sampler.ts';
import { startUsageSampler } from './usage-sampler.ts';

export interface KubeletOptions extends Omit<NodeAgentOptions, 'node'> {
  readonly nodes: readonly NodeSpec[];
}

/** The node agents of a cluster, in one process. Disposing kills every pod's processes at once. */
export interface Kubelet extends AsyncDisposable {
  readonly nodes: ReadonlyMap<string, NodeAgent>;
  /** Undefined when these nodes run no such container. */
  findContainer(namespace: string, pod: string, container: string): Container | undefined;
  findPod(namespace: string, pod: string): PodWorker | undefined;
  /** Usage of each container between the last two samples; undefined until there are two. */
  usageOf(namespace: string, pod: string): UsageSample | undefined;
}

export async function startKubelet({ nodes, ...shared }: KubeletOptions): Promise<Kubelet> {
  const { api, clock, signal } = shared;
  const agents = new Map(nodes.map((node) => [node.name, createNodeAgent({ ...shared, node })]));
  for (const agent of agents.values()) await agent.boot();
  api.watch<V1Pod>(
    resources.pods,
    (event) => agents.get(event.object.spec?.nodeName ?? '')?.onPod(event),
    signal,
  );
  const pods = (): PodWorker[] => [...agents.values()].flatMap((agent) => agent.pods);
  const findPod = (namespace: string, name: string): PodWorker | undefined =>
    pods().find((worker) => worker.namespace === namespace && worker.name === name);
  const sampler = startUsageSampler({ clock, signal, pods });
  enforceMemoryLimits({ clock, signal, pods });
  return {
    nodes: agents,
    findPod,
    findContainer: (namespace, pod, container) =>
      findPod(namespace, pod)?.containers.find(({ spec }) => spec.name === container),
    usageOf: (namespace, pod) => {
      const worker = findPod(namespace, pod);
      return worker && sampler.usageOf(worker);
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...agents.values()].map((agent) => agent[Symbol.asyncDispose]()));
    },
  };
}
