import type { V1Pod, V1ReplicaSet, V1ReplicaSetStatus } from '@kubernetes/client-node';
import { StatusError } from '../api.ts';
import { compileLabelSelector } from '../apiserver/label-selector.ts';
import { withCondition, withoutCondition } from '../conditions.ts';
import { writeStatus } from '../object-changes.ts';
import { controllerOf, controllerReference, isActive, isOwnedBy, isReady, keyOf, splitKey } from '../pods.ts';
import { createReconciler } from '../reconciler.ts';
import { resources } from '../resources.ts';
import { createStopwatches } from '../stopwatches.ts';
import { claimPods, selects } from './claim-pods.ts';
import type { Controller } from './controller.ts';
import { rankForDeletion } from './pod-ranking.ts';

/** Keeps as many pods of a template as asked for. */
export const replicaSetController: Controller = ({ api, clock, signal, recorder }) => {
  const events = recorder('replicaset-controller');
  const readyFor = createStopwatches(clock);

  const reconcile = async (key: string): Promise<void> => {
    const { namespace, name } = splitKey(key);
    const set = api.get<V1ReplicaSet>(resources.replicaSets, namespace, name);
    if (!set || set.metadata?.deletionTimestamp) return;
    await claimPods(api, set);
    const failure = await scale(set, activePods(set)).then(
      () => undefined,
      (error: unknown) => error,
    );
    await updateStatus(set, failure);
    if (failure) throw failure;
  };

  const activePods = (set: V1ReplicaSet): V1Pod[] =>
    api
      .list<V1Pod>(resources.pods, { namespace: set.metadata?.namespace })
      .filter((pod) => isActive(pod) && isOwnedBy(pod, set));

  const scale = async (set: V1ReplicaSet, pods: V1Pod[]): Promise<void> => {
    const missing = (set.spec?.replicas ?? 1) - pods.length;
    if (missing > 0) await Promise.all(Array.from({ length: missing }, () => createPod(set)));
    if (missing < 0) {
      const leaving = rankForDeletion(pods, siblingPods(set)).slice(0, -missing);
      await Promise.all(leaving.map((pod) => deletePod(set, pod)));
    }
  };

  /** Pods of the same controller count together: while a rollout runs, of every revision. */
  const siblingPods = (set: V1ReplicaSet): V1Pod[] => {
    const owner = controllerOf(set)?.uid;
    const sets = api
      .list<V1ReplicaSet>(resources.replicaSets, { namespace: set.metadata?.namespace })
      .filter((other) => other === set || (owner && controllerOf(other)?.uid === owner));
    return sets.flatMap(activePods);
  };

  const createPod = async (set: V1ReplicaSet): Promise<void> => {
    const { metadata, spec } = set.spec?.template ?? {};
    try {
      const pod = await api.create<V1Pod>(resources.pods, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          generateName: `${set.metadata?.name}-`,
          namespace: set.metadata?.namespace,
          labels: metadata?.labels,
          annotations: metadata?.annotations,
          finalizers: metadata?.finalizers,
          ownerReferences: [controllerReference(set)],
        },
        spec,
      });
      events.normal(set, 'SuccessfulCreate', `Created pod: ${pod.metadata?.name}`);
    } catch (error) {
      if (error instanceof Error) events.warning(set, 'FailedCreate', `Error creating: ${error.message}`);
      throw error;
    }
  };

  const deletePod = async (set: V1ReplicaSet, pod: V1Pod): Promise<void> => {
    const { namespace, name = '' } = pod.metadata ?? {};
    try {
      await api.delete(resources.pods, namespace, name);
    } catch (error) {
      if (error instanceof StatusError && error.status === 404) return;
      throw error;
    }
    events.normal(set, 'SuccessfulDelete', `Deleted pod: ${name}`);
  };

  const updateStatus = async (set: V1ReplicaSet, failure: unknown): Promise<void> => {
    const current = api.get<V1ReplicaSet>(
      resources.replicaSets,
      set.metadata?.namespace,
      set.metadata?.name ?? '',
    );
    if (!current) return;
    const pods = activePods(current);
    const minReadyMs = (current.spec?.minReadySeconds ?? 0) * 1000;
    const ready = pods.filter(isReady);
    for (const pod of pods) if (!isReady(pod)) readyFor.forget(pod.metadata?.uid ?? '');
    const waits = ready.map((pod) => minReadyMs - readyFor.sinceMs(pod.metadata?.uid ?? '', 'ready'));
    const nextMs = Math.min(...waits.filter((wait) => wait > 0));
    if (Number.isFinite(nextMs)) queue.enqueueAfter(keyOf(current), nextMs);
    const labelled = compileLabelSelector({ matchLabels: current.spec?.template?.metadata?.labels ?? {} });
    const status: V1ReplicaSetStatus = {
      replicas: pods.length,
      fullyLabeledReplicas: pods.filter((pod) => labelled(pod.metadata?.labels ?? {})).length,
      readyReplicas: ready.length,
      availableReplicas: waits.filter((wait) => wait <= 0).length,
      observedGeneration: current.metadata?.generation,
      conditions: failureCondition(current, failure),
    };
    await writeStatus(api, resources.replicaSets, current, status);
  };

  const failureCondition = ({ status }: V1ReplicaSet, failure: unknown) => {
    if (!(failure instanceof Error)) {
      const left = withoutCondition(status?.conditions, 'ReplicaFailure');
      return left.length > 0 ? left : undefined;
    }
    const condition = {
      type: 'ReplicaFailure',
      status: 'True',
      reason: 'FailedCreate',
      message: failure.message,
    };
    return withCondition(status?.conditions, condition, clock.now());
  };

  const queue = createReconciler({ name: 'replicaset', clock, signal, reconcile });
  api.watch<V1ReplicaSet>(resources.replicaSets, ({ object }) => queue.enqueue(keyOf(object)), signal);
  api.watch<V1Pod>(
    resources.pods,
    ({ type, object }) => {
      if (type === 'DELETED') readyFor.forget(object.metadata?.uid ?? '');
      const owner = controllerOf(object);
      if (owner?.kind === 'ReplicaSet') queue.enqueue(`${object.metadata?.namespace}/${owner.name}`);
      if (!owner)
        for (const set of api.list<V1ReplicaSet>(resources.replicaSets))
          if (selects(set, object)) queue.enqueue(keyOf(set));
    },
    signal,
  );
};
