import type { V1Pod } from '@kubernetes/client-node';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { KubernetesApi, WatchEvent } from '../api.ts';
import { createEventRecorder } from '../events.ts';
import { isFinished } from '../pods.ts';
import { resources } from '../resources.ts';
import type { Image, KubeletPorts, NodeContext, NodeSpec } from './kubelet-context.ts';
import { registerNode } from './node-registration.ts';
import type { PodWorker } from './pod-worker.ts';
import { startPodWorker } from './pod-worker.ts';
import { poweredApi } from './powered-api.ts';

export interface NodeAgentOptions {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly random: Random;
  readonly node: NodeSpec;
  readonly ports: KubeletPorts;
  readonly signal: AbortSignal;
}

/** One node's kubelet, and the machine that it runs on. Disposing kills every process of its pods. */
export interface NodeAgent extends AsyncDisposable {
  readonly spec: NodeSpec;
  readonly hasPower: boolean;
  /** None while the node has no power. */
  readonly pods: readonly PodWorker[];
  /** A pod that is bound to this node changed. */
  onPod(event: WatchEvent<V1Pod>): void;
  /** Resolves when the node is registered and its pods are being started. Does nothing while it has power. */
  boot(): Promise<void>;
  /** Every process is killed and nothing is reported any more. Resolves when they are gone. */
  losePower(): Promise<void>;
}

export function createNodeAgent({ node, signal, ...shared }: NodeAgentOptions): NodeAgent {
  const { api, ports } = shared;
  const workers = new Map<string, PodWorker>();
  /** Pods that died with the power; the API still knows them and their addresses. */
  const dead = new Map<string, PodWorker>();
  const ending = new Set<Promise<void>>();
  /** What is on the disk outlives a reboot. */
  const images = new Map<string, Image>();
  let power: AbortController | undefined;
  let context: NodeContext | undefined;

  const sync = (pod: V1Pod): void => {
    const uid = pod.metadata?.uid ?? '';
    const worker = workers.get(uid);
    if (worker) worker.update(pod);
    if (worker || !context || isFinished(pod) || signal.aborted) return;
    const started = startPodWorker(context, pod);
    workers.set(uid, started);
    if (pod.metadata?.deletionTimestamp) started.update(pod);
  };
  const forget = (uid: string): void => {
    dead.get(uid)?.release();
    dead.delete(uid);
    const worker = workers.get(uid);
    workers.delete(uid);
    if (worker) end(worker);
  };
  const end = (worker: PodWorker): void => {
    const ended = worker.halt().then(() => {
      worker.release();
      ending.delete(ended);
    });
    ending.add(ended);
  };
  return {
    spec: node,
    get hasPower() {
      return power !== undefined;
    },
    get pods() {
      return [...workers.values()];
    },
    onPod: ({ type, object }) => {
      if (type === 'DELETED') forget(object.metadata?.uid ?? '');
      else sync(object);
    },
    boot: async () => {
      if (power) return;
      power = new AbortController();
      const booted = contextOf({ ...shared, node, images }, power.signal);
      await registerNode(booted, AbortSignal.any([power.signal, signal]));
      for (const worker of dead.values()) worker.release();
      dead.clear();
      context = booted;
      const fieldSelector = `spec.nodeName=${node.name}`;
      for (const pod of api.list<V1Pod>(resources.pods, { fieldSelector })) sync(pod);
    },
    losePower: async () => {
      power?.abort();
      power = undefined;
      context = undefined;
      const dying = [...workers];
      workers.clear();
      for (const [uid, worker] of dying) dead.set(uid, worker);
      await Promise.all(dying.map(([, worker]) => worker.halt()));
    },
    [Symbol.asyncDispose]: async () => {
      for (const worker of workers.values()) end(worker);
      for (const worker of dead.values()) worker.release();
      workers.clear();
      dead.clear();
      await Promise.all(ending);
    },
  };

  function contextOf(parts: Omit<NodeContext, 'events' | 'ports'>, powered: AbortSignal): NodeContext {
    const reached = poweredApi(parts.api, powered);
    const { clock } = parts;
    return {
      ...parts,
      api: reached,
      events: createEventRecorder({ api: reached, clock, component: 'kubelet', host: node.name }),
      ports: {
        ...ports,
        // The log agent of the node has no power either.
        onLogLine: (line) => {
          if (!powered.aborted) ports.onLogLine(line);
        },
      },
    };
  }
}
