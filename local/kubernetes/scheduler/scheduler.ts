import type { V1Node, V1Pod } from '@kubernetes/client-node';
import type { Clock } from '../../base/clock.ts';
import type { KubernetesApi } from '../api.ts';
import { findCondition, withCondition } from '../conditions.ts';
import { createEventRecorder } from '../events.ts';
import { isFinished, isTerminating, keyOf, splitKey } from '../pods.ts';
import { createReconciler } from '../reconciler.ts';
import { resources } from '../resources.ts';
import { chooseNode } from './choose-node.ts';
import type { NodeLoad } from './fit.ts';

export interface SchedulerOptions {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** kube-scheduler's work: gives each pod a node, or says why not and tries again when something changes. */
export function startScheduler({ api, clock, signal }: SchedulerOptions): void {
  const events = createEventRecorder({ api, clock, component: 'default-scheduler' });
  const waiting = new Set<string>();

  const schedule = async (key: string): Promise<void> => {
    const { namespace, name } = splitKey(key);
    const pod = api.get<V1Pod>(resources.pods, namespace, name);
    if (!pod || pod.spec?.nodeName || isTerminating(pod) || isFinished(pod)) return void waiting.delete(key);
    if (pod.spec?.schedulerName !== 'default-scheduler') return;
    const choice = chooseNode(pod, nodeLoads());
    if ('node' in choice) {
      waiting.delete(key);
      await bind(pod, choice.node);
    } else {
      waiting.add(key);
      await refuse(pod, choice.unschedulable);
    }
  };

  const nodeLoads = (): NodeLoad[] => {
    const pods = api.list<V1Pod>(resources.pods).filter((pod) => !isFinished(pod));
    return api.list<V1Node>(resources.nodes).map((node) => ({
      node,
      pods: pods.filter(({ spec }) => spec?.nodeName === node.metadata?.name),
    }));
  };

  const bind = async (pod: V1Pod, node: V1Node): Promise<void> => {
    const { namespace, name = '' } = pod.metadata ?? {};
    const bound = await api.patch<V1Pod>(resources.pods, namespace, name, {
      metadata: { resourceVersion: pod.metadata?.resourceVersion, labels: topologyLabels(node) },
      spec: { nodeName: node.metadata?.name },
    });
    const text = `Successfully assigned ${namespace}/${name} to ${node.metadata?.name}`;
    events.normal(bound, 'Scheduled', text);
    await setScheduled(bound, { type: 'PodScheduled', status: 'True' });
  };

  const refuse = async (pod: V1Pod, message: string): Promise<void> => {
    events.warning(pod, 'FailedScheduling', message);
    await setScheduled(pod, { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message });
  };

  const setScheduled = async (
    { metadata }: V1Pod,
    condition: { type: string; status: string; reason?: string; message?: string },
  ): Promise<void> => {
    // Read again: the kubelet writes conditions of its own as soon as a pod is bound.
    const pod = api.get<V1Pod>(resources.pods, metadata?.namespace, metadata?.name ?? '');
    const current = findCondition(pod?.status?.conditions, condition.type);
    if (!pod || (current?.status === condition.status && current.message === condition.message)) return;
    const conditions = withCondition(pod.status?.conditions, condition, clock.now());
    const patch = { status: { conditions } };
    await api.patch(resources.pods, metadata?.namespace, metadata?.name ?? '', patch, 'status');
  };

  // One pod at a time: each choice must see the one before it.
  let turn = Promise.resolve();
  const reconcile = (key: string): Promise<void> => {
    const mine = turn.then(() => schedule(key));
    turn = mine.catch(() => undefined);
    return mine;
  };
  const queue = createReconciler({ name: 'scheduler', clock, signal, reconcile });
  const retryWaiting = (): void => waiting.forEach((key) => void queue.enqueue(key));
  api.watch<V1Pod>(
    resources.pods,
    ({ type, object }) => {
      if (type === 'DELETED' || isFinished(object)) retryWaiting();
      if (type === 'ADDED') queue.enqueue(keyOf(object));
    },
    signal,
  );
  const placement = new Map<string, string>();
  api.watch<V1Node>(
    resources.nodes,
    ({ object }) => {
      // Heartbeats change nothing that placement looks at.
      const { metadata, spec, status } = object;
      const relevant = JSON.stringify([metadata?.labels, spec, status?.allocatable]);
      if (placement.get(metadata?.name ?? '') === relevant) return;
      placement.set(metadata?.name ?? '', relevant);
      retryWaiting();
    },
    signal,
  );
}

/** PodTopologyLabels, on by default since Kubernetes 1.35. */
function topologyLabels({ metadata }: V1Node): Record<string, string> {
  const names = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];
  const labels = metadata?.labels ?? {};
  return Object.fromEntries(names.flatMap((name) => (labels[name] ? [[name, labels[name]]] : [])));
}
