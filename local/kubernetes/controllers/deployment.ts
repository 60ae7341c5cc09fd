import type { V1Deployment, V1Pod, V1ReplicaSet } from '@kubernetes/client-node';
import { controllerOf, isOwnedBy, isTerminating, keyOf, splitKey } from '../pods.ts';
import { createReconciler } from '../reconciler.ts';
import { resources } from '../resources.ts';
import { instantMs } from '../timestamps.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { createRevisions, desiredAnnotations, latestRevision } from './deployment-revisions.ts';
import { createDeploymentStatus } from './deployment-status.ts';
import type { Revision } from './rollout.ts';
import { newRevisionReplicas, oldRevisionReplicas, proportionalReplicas, rolloutLimits } from './rollout.ts';

/** Moves pods from one template to the next, a ReplicaSet each (Kubernetes documentation, "Deployments"). */
export const deploymentController: Controller = (context) => {
  const { api, clock, signal } = context;
  const events = context.recorder('deployment-controller');
  const revisions = createRevisions(api);

  const reconcile = async (key: string): Promise<void> => {
    const { namespace, name } = splitKey(key);
    const deployment = api.get<V1Deployment>(resources.deployments, namespace, name);
    if (!deployment) return status.forget(key);
    if (deployment.metadata?.deletionTimestamp) return status.write(deployment, undefined, owned(deployment));
    const newest = await advance(deployment);
    const current = api.get<V1Deployment>(resources.deployments, namespace, name) ?? deployment;
    await status.write(current, newest, owned(current));
    await revisions.prune(current, newest, owned(current));
  };

  /** Gives the newest ReplicaSet's name once its size and the others' are as they should be for now. */
  const advance = async (deployment: V1Deployment): Promise<string | undefined> => {
    const sets = owned(deployment);
    const known = latestRevision(deployment, sets);
    if (deployment.spec?.paused || (known && wasResized(deployment, sets))) {
      await resize(deployment, sets, known);
      return known?.metadata?.name;
    }
    if (deployment.spec?.strategy?.type === 'Recreate') return recreate(deployment, sets);
    return rollOver(deployment, sets);
  };

  const rollOver = async (deployment: V1Deployment, sets: readonly V1ReplicaSet[]): Promise<string> => {
    const replicas = deployment.spec?.replicas ?? 1;
    const limits = rolloutLimits(replicas, deployment.spec?.strategy?.rollingUpdate);
    const others = sets.filter((set) => set !== latestRevision(deployment, sets)).map(asRevision);
    const created = { name: '', replicas: 0, availableReplicas: 0 };
    const newest = await revisions.ensureNewest(
      deployment,
      sets,
      newRevisionReplicas(limits, created, others),
    );
    if (newest.created) announce(deployment, newest.set, 0);
    const wantedNew = newRevisionReplicas(limits, asRevision(newest.set), others);
    const grown = await scale(deployment, newest.set, wantedNew);
    const old = [...sets].filter((set) => set.metadata?.name !== newest.set.metadata?.name).sort(olderFirst);
    const wantedOld = oldRevisionReplicas(limits, asRevision(grown), old.map(asRevision));
    for (const set of old) await scale(deployment, set, wantedOld.get(set.metadata?.name ?? '') ?? 0);
    return newest.set.metadata?.name ?? '';
  };

  const recreate = async (
    deployment: V1Deployment,
    sets: readonly V1ReplicaSet[],
  ): Promise<string | undefined> => {
    const newest = latestRevision(deployment, sets);
    const old = sets.filter((set) => set !== newest);
    for (const set of old) await scale(deployment, set, 0);
    if (old.some(hasPods)) return newest?.metadata?.name;
    const replicas = deployment.spec?.replicas ?? 1;
    const ensured = await revisions.ensureNewest(deployment, sets, replicas);
    if (ensured.created) announce(deployment, ensured.set, 0);
    await scale(deployment, ensured.set, replicas);
    return ensured.set.metadata?.name;
  };

  /** Terminating pods still run: Recreate waits for them. */
  const hasPods = (set: V1ReplicaSet): boolean =>
    api
      .list<V1Pod>(resources.pods, { namespace: set.metadata?.namespace })
      .some(
        (pod) => isOwnedBy(pod, set) && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed',
      );

  const resize = async (
    deployment: V1Deployment,
    sets: readonly V1ReplicaSet[],
    newest: V1ReplicaSet | undefined,
  ): Promise<void> => {
    const replicas = deployment.spec?.replicas ?? 1;
    const active = sets.filter((set) => (set.spec?.replicas ?? 0) > 0);
    const only = active.length === 1 ? active[0] : active.length === 0 ? newest : undefined;
    if (only) return void (await scale(deployment, only, replicas));
    const settled =
      newest && asRevision(newest).availableReplicas === replicas && newest.spec?.replicas === replicas;
    if (settled) {
      for (const set of active) if (set !== newest) await scale(deployment, set, 0);
      return;
    }
    const limits = rolloutLimits(replicas, deployment.spec?.strategy?.rollingUpdate);
    const withMaximum = active.map((set) => ({ ...asRevision(set), maxReplicas: maxReplicasOf(set) }));
    const wanted = proportionalReplicas(withMaximum, limits);
    for (const set of active) await scale(deployment, set, wanted.get(set.metadata?.name ?? '') ?? 0);
  };

  const scale = async (
    deployment: V1Deployment,
    set: V1ReplicaSet,
    replicas: number,
  ): Promise<V1ReplicaSet> => {
    const { namespace, name = '' } = set.metadata ?? {};
    const annotations = desiredAnnotations(deployment);
    const upToDate = Object.entries(annotations).every(
      ([key, value]) => set.metadata?.annotations?.[key] === value,
    );
    const from = set.spec?.replicas ?? 0;
    if (from === replicas && upToDate) return set;
    const patch = { metadata: { annotations }, spec: { replicas } };
    const scaled = await api.patch<V1ReplicaSet>(resources.replicaSets, namespace, name, patch);
    if (from !== replicas) announce(deployment, scaled, from);
    return scaled;
  };

  const announce = (deployment: V1Deployment, set: V1ReplicaSet, from: number): void => {
    const to = set.spec?.replicas ?? 0;
    if (from === to) return;
    const text = `Scaled ${to > from ? 'up' : 'down'} replica set ${set.metadata?.name} from ${from} to ${to}`;
    events.normal(deployment, 'ScalingReplicaSet', text);
  };

  const owned = (deployment: V1Deployment): V1ReplicaSet[] =>
    api
      .list<V1ReplicaSet>(resources.replicaSets, { namespace: deployment.metadata?.namespace })
      .filter((set) => isOwnedBy(set, deployment) && !set.metadata?.deletionTimestamp);

  const queue = createReconciler({ name: 'deployment', clock, signal, reconcile });
  const status = createDeploymentStatus(context, (key, delayMs) => queue.enqueueAfter(key, delayMs));
  watchDeployments(context, (key) => queue.enqueue(key));
};

function watchDeployments({ api, signal }: ControllerContext, enqueue: (key: string) => void): void {
  const enqueueOwner = (set: V1ReplicaSet | undefined): void => {
    const owner = set && controllerOf(set);
    if (owner?.kind === 'Deployment') enqueue(`${set?.metadata?.namespace}/${owner.name}`);
  };
  api.watch<V1Deployment>(resources.deployments, ({ object }) => enqueue(keyOf(object)), signal);
  api.watch<V1ReplicaSet>(resources.replicaSets, ({ object }) => enqueueOwner(object), signal);
  // Recreate goes on when the last old pod is gone.
  api.watch<V1Pod>(
    resources.pods,
    ({ type, object }) => {
      const owner = controllerOf(object);
      if ((type !== 'DELETED' && !isTerminating(object)) || owner?.kind !== 'ReplicaSet') return;
      enqueueOwner(api.get<V1ReplicaSet>(resources.replicaSets, object.metadata?.namespace, owner.name));
    },
    signal,
  );
}

function asRevision(set: V1ReplicaSet): Revision {
  return {
    name: set.metadata?.name ?? '',
    replicas: set.spec?.replicas ?? 0,
    availableReplicas: set.status?.availableReplicas ?? 0,
  };
}

function olderFirst(left: V1ReplicaSet, right: V1ReplicaSet): number {
  const age = (set: V1ReplicaSet) => instantMs(set.metadata?.creationTimestamp) ?? 0;
  return age(left) - age(right);
}

const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas';
const maxAnnotation = 'deployment.kubernetes.io/max-replicas';

function wasResized({ spec }: V1Deployment, sets: readonly V1ReplicaSet[]): boolean {
  return sets.some((set) => {
    const desired = set.metadata?.annotations?.[desiredAnnotation];
    return (
      (set.spec?.replicas ?? 0) > 0 && desired !== undefined && Number(desired) !== (spec?.replicas ?? 1)
    );
  });
}

function maxReplicasOf({ metadata }: V1ReplicaSet): number {
  return Number(metadata?.annotations?.[maxAnnotation] ?? 0);
}
