import type { V1Node, V1Pod, V1Taint } from '@kubernetes/client-node';
import { withCondition } from '../conditions.ts';
import { writeStatus } from '../object-changes.ts';
import { isTerminating, keyOf, splitKey } from '../pods.ts';
import { createReconciler } from '../reconciler.ts';
import { resources } from '../resources.ts';
import { createStopwatches } from '../stopwatches.ts';
import { toleratedMs } from '../taints.ts';
import type { Controller } from './controller.ts';

/** Deletes pods from nodes whose `NoExecute` taints they do not tolerate, or no longer (taint-eviction-controller). */
export const taintEvictionController: Controller = ({ api, clock, signal, recorder }) => {
  const events = recorder('taint-eviction-controller');
  const watches = createStopwatches(clock);

  const reconcile = async (key: string): Promise<void> => {
    const { namespace, name } = splitKey(key);
    const pod = api.get<V1Pod>(resources.pods, namespace, name);
    const node = pod?.spec?.nodeName;
    if (!pod || !node || isTerminating(pod)) return watches.forget(key);
    const taints = evicting(api.get<V1Node>(resources.nodes, undefined, node));
    if (taints.length === 0) return watches.forget(key);
    const limitMs = toleratedMs(pod.spec?.tolerations, taints);
    const leftMs = limitMs - watches.sinceMs(key, pod.metadata?.uid ?? '');
    if (leftMs <= 0) await evict(pod);
    else if (Number.isFinite(leftMs)) queue.enqueueAfter(key, leftMs);
  };

  const evict = async (pod: V1Pod): Promise<void> => {
    const { namespace, name = '' } = pod.metadata ?? {};
    events.normal(pod, 'TaintManagerEviction', `Marking for deletion Pod ${namespace}/${name}`);
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
    };
    const conditions = withCondition(pod.status?.conditions, condition, clock.now());
    await writeStatus(api, resources.pods, pod, { ...pod.status, conditions });
    await api.delete(resources.pods, namespace, name);
    watches.forget(keyOf(pod));
  };

  const queue = createReconciler({ name: 'taint-eviction', clock, signal, reconcile });
  const taintsSeen = new Map<string, string>();
  api.watch<V1Node>(
    resources.nodes,
    ({ object }) => {
      const name = object.metadata?.name ?? '';
      const seen = JSON.stringify(evicting(object));
      if ((taintsSeen.get(name) ?? '[]') === seen) return;
      taintsSeen.set(name, seen);
      for (const pod of api.list<V1Pod>(resources.pods, { fieldSelector: `spec.nodeName=${name}` }))
        queue.enqueue(keyOf(pod));
    },
    signal,
  );
  const nodesSeen = new Map<string, string | undefined>();
  api.watch<V1Pod>(
    resources.pods,
    ({ type, object }) => {
      const uid = object.metadata?.uid ?? '';
      const known = nodesSeen.get(uid) === object.spec?.nodeName && !isTerminating(object);
      if (type === 'DELETED') nodesSeen.delete(uid);
      else nodesSeen.set(uid, object.spec?.nodeName);
      if (!known || type === 'DELETED') queue.enqueue(keyOf(object));
    },
    signal,
  );
};

function evicting(node: V1Node | undefined): V1Taint[] {
  return (node?.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
}
