import type { V1Deployment, V1Pod, V1PodDisruptionBudget, V1ReplicaSet } from '@kubernetes/client-node';
import { compileLabelSelector } from '../apiserver/label-selector.ts';
import { withCondition } from '../conditions.ts';
import { scaledValue } from '../int-or-string.ts';
import { writeStatus } from '../object-changes.ts';
import { controllerOf, isActive, isReady, keyOf, splitKey } from '../pods.ts';
import { createReconciler } from '../reconciler.ts';
import { resources } from '../resources.ts';
import type { Controller } from './controller.ts';

/** Says how many pods an eviction may take now (Kubernetes documentation, "Disruptions"). */
export const disruptionBudgetController: Controller = ({ api, clock, signal }) => {
  const reconcile = async (key: string): Promise<void> => {
    const { namespace, name } = splitKey(key);
    const budget = api.get<V1PodDisruptionBudget>(resources.podDisruptionBudgets, namespace, name);
    if (!budget || budget.metadata?.deletionTimestamp) return;
    const matches = compileLabelSelector(budget.spec?.selector);
    const all = api.list<V1Pod>(resources.pods, { namespace });
    const pods = all.filter((pod) => isActive(pod) && matches(pod.metadata?.labels ?? {}));
    const disruptedPods = stillDisrupted(budget, pods);
    const pending = new Set(Object.keys(disruptedPods));
    const currentHealthy = pods.filter(
      (pod) => isReady(pod) && !pending.has(pod.metadata?.name ?? ''),
    ).length;
    const { expectedPods, desiredHealthy } = expectation(budget, pods);
    const disruptionsAllowed = expectedPods > 0 ? Math.max(0, currentHealthy - desiredHealthy) : 0;
    const allowed = disruptionsAllowed > 0;
    const condition = {
      type: 'DisruptionAllowed',
      status: allowed ? 'True' : 'False',
      reason: allowed ? 'SufficientPods' : 'InsufficientPods',
      message: '',
      observedGeneration: budget.metadata?.generation,
      lastTransitionTime: clock.now(),
    };
    await writeStatus(api, resources.podDisruptionBudgets, budget, {
      ...(pending.size > 0 && { disruptedPods }),
      currentHealthy,
      desiredHealthy,
      disruptionsAllowed,
      expectedPods,
      observedGeneration: budget.metadata?.generation,
      conditions: withCondition(budget.status?.conditions, condition, clock.now()),
    });
  };

  /** Evicted pods whose deletion the cache did not show yet; here deletions are seen at once. */
  const stillDisrupted = ({ status }: V1PodDisruptionBudget, pods: readonly V1Pod[]) => {
    const names = new Set(pods.map(({ metadata }) => metadata?.name));
    return Object.fromEntries(
      Object.entries(status?.disruptedPods ?? {}).filter(([name]) => names.has(name)),
    );
  };

  const expectation = ({ spec }: V1PodDisruptionBudget, pods: readonly V1Pod[]) => {
    if (spec?.maxUnavailable !== undefined) {
      const expectedPods = expectedScale(pods);
      const desired = expectedPods - scaledValue(spec.maxUnavailable, expectedPods, 'up');
      return { expectedPods, desiredHealthy: Math.max(0, desired) };
    }
    const minAvailable = spec?.minAvailable ?? 1;
    if (typeof minAvailable === 'number') return { expectedPods: pods.length, desiredHealthy: minAvailable };
    const expectedPods = expectedScale(pods);
    return { expectedPods, desiredHealthy: scaledValue(minAvailable, expectedPods, 'up') };
  };

  /** The sizes that the pods' controllers aim at, each counted once. */
  const expectedScale = (pods: readonly V1Pod[]): number => {
    const scales = new Map<string, number>();
    for (const pod of pods) {
      const owner = controllerOf(pod);
      if (owner?.kind !== 'ReplicaSet') continue;
      const set = api.get<V1ReplicaSet>(resources.replicaSets, pod.metadata?.namespace, owner.name);
      const parent = set && controllerOf(set);
      const deployment =
        parent?.kind === 'Deployment' &&
        api.get<V1Deployment>(resources.deployments, pod.metadata?.namespace, parent.name);
      const holder = deployment || set;
      if (holder) scales.set(holder.metadata?.uid ?? '', holder.spec?.replicas ?? 1);
    }
    return [...scales.values()].reduce((sum, replicas) => sum + replicas, 0);
  };

  const queue = createReconciler({ name: 'disruption', clock, signal, reconcile });
  const enqueueNamespace = (namespace: string | undefined): void => {
    for (const budget of api.list<V1PodDisruptionBudget>(resources.podDisruptionBudgets, { namespace })) {
      queue.enqueue(keyOf(budget));
    }
  };
  api.watch<V1PodDisruptionBudget>(
    resources.podDisruptionBudgets,
    ({ object }) => queue.enqueue(keyOf(object)),
    signal,
  );
  for (const resource of [resources.pods, resources.deployments]) {
    api.watch(resource, ({ object }) => enqueueNamespace(object.metadata?.namespace), signal);
  }
};
