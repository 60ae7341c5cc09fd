import type {
  V1Deployment,
  V1DeploymentCondition,
  V1DeploymentStatus,
  V1ReplicaSet,
} from '@kubernetes/client-node';
import { findCondition, withCondition, withoutCondition } from '../conditions.ts';
import { writeStatus } from '../object-changes.ts';
import { keyOf } from '../pods.ts';
import { resources } from '../resources.ts';
import { createStopwatches } from '../stopwatches.ts';
import { stamp } from '../timestamps.ts';
import type { ControllerContext } from './controller.ts';
import { rolloutLimits } from './rollout.ts';

type Counts = Required<
  Pick<V1DeploymentStatus, 'replicas' | 'updatedReplicas' | 'readyReplicas' | 'availableReplicas'>
>;

/** Writes a deployment's counts and conditions, and watches its progress deadline. */
export function createDeploymentStatus(
  { api, clock }: ControllerContext,
  recheck: (key: string, delayMs: number) => void,
) {
  const stalled = createStopwatches(clock);

  return {
    forget: (key: string): void => stalled.forget(key),
    write: async (
      deployment: V1Deployment,
      newestName: string | undefined,
      sets: readonly V1ReplicaSet[],
    ): Promise<void> => {
      const newest = sets.find((set) => set.metadata?.name === newestName);
      const counts = countReplicas(newest, sets);
      const available = counts.availableReplicas;
      let conditions = withAvailability(deployment, available);
      conditions = withProgress(deployment, newest, counts, conditions);
      conditions = withFailure(sets, conditions);
      await writeStatus(api, resources.deployments, deployment, {
        observedGeneration: deployment.metadata?.generation,
        ...nonZero(counts),
        unavailableReplicas: Math.max(0, totalOf(sets) - available) || undefined,
        conditions,
        collisionCount: deployment.status?.collisionCount,
      });
    },
  };

  function withAvailability({ spec, status }: V1Deployment, available: number): V1DeploymentCondition[] {
    const replicas = spec?.replicas ?? 1;
    const limits = rolloutLimits(replicas, spec?.strategy?.rollingUpdate);
    const enough = available >= replicas - (spec?.strategy?.type === 'Recreate' ? 0 : limits.maxUnavailable);
    return update(status?.conditions, {
      type: 'Available',
      status: enough ? 'True' : 'False',
      reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
      message: enough
        ? 'Deployment has minimum availability.'
        : 'Deployment does not have minimum availability.',
    });
  }

  function withProgress(
    deployment: V1Deployment,
    newest: V1ReplicaSet | undefined,
    counts: Counts,
    conditions: V1DeploymentCondition[],
  ): V1DeploymentCondition[] {
    const { metadata, spec, status } = deployment;
    const key = keyOf(deployment);
    const current = findCondition(status?.conditions, 'Progressing');
    const set = newest?.metadata?.name ?? '';
    if (spec?.paused) {
      const paused = { reason: 'DeploymentPaused', message: 'Deployment is paused' };
      return update(conditions, { type: 'Progressing', status: 'Unknown', ...paused });
    }
    const finished =
      current?.reason === 'NewReplicaSetAvailable' && counts.replicas === counts.updatedReplicas;
    if (finished && current.message?.includes(`"${set}"`)) return conditions;
    if (isComplete(spec?.replicas ?? 1, counts)) {
      stalled.forget(key);
      const message = `ReplicaSet "${set}" has successfully progressed.`;
      return update(conditions, {
        type: 'Progressing',
        status: 'True',
        reason: 'NewReplicaSetAvailable',
        message,
      });
    }
    const progressed = hasProgressed(status, counts);
    if (progressed) stalled.forget(key);
    const deadlineMs = (spec?.progressDeadlineSeconds ?? 600) * 1000;
    const waitedMs = stalled.sinceMs(key, `${metadata?.uid}/${set}`);
    if (waitedMs >= deadlineMs) {
      const message = `ReplicaSet "${set}" has timed out progressing.`;
      return update(conditions, {
        type: 'Progressing',
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message,
      });
    }
    recheck(key, deadlineMs - waitedMs);
    if (waitedMs > 0 && !progressed && current?.status === 'True') return conditions;
    const isNew = counts.updatedReplicas === 0;
    return update(conditions, {
      type: 'Progressing',
      status: 'True',
      reason: isNew ? 'NewReplicaSetCreated' : 'ReplicaSetUpdated',
      message: isNew ? `Created new replica set "${set}"` : `ReplicaSet "${set}" is progressing.`,
    });
  }

  function withFailure(
    sets: readonly V1ReplicaSet[],
    conditions: V1DeploymentCondition[],
  ): V1DeploymentCondition[] {
    const failures = sets.map((set) => findCondition(set.status?.conditions, 'ReplicaFailure'));
    const failure = failures.find((condition) => condition !== undefined);
    if (!failure) return withoutCondition(conditions, 'ReplicaFailure');
    const { type, status, reason, message } = failure;
    return update(conditions, { type, status, reason, message });
  }

  /** `lastUpdateTime` moves with any change, the transition time with the status alone. */
  function update(
    conditions: readonly V1DeploymentCondition[] | undefined,
    next: V1DeploymentCondition,
  ): V1DeploymentCondition[] {
    const current = findCondition(conditions, next.type);
    const same =
      current?.status === next.status && current.reason === next.reason && current.message === next.message;
    if (same) return [...(conditions ?? [])];
    const now = clock.now();
    return withCondition(conditions, { ...next, lastUpdateTime: stamp(now) }, now);
  }
}

function isComplete(wanted: number, { replicas, updatedReplicas, availableReplicas }: Counts): boolean {
  return updatedReplicas === wanted && replicas === wanted && availableReplicas === wanted;
}

/** `DeploymentProgressing`: more updated, fewer old, more ready or more available than before. */
function hasProgressed(before: V1DeploymentStatus | undefined, now: Counts): boolean {
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = before ?? {};
  return (
    now.updatedReplicas > updatedReplicas ||
    now.replicas - now.updatedReplicas < replicas - updatedReplicas ||
    now.readyReplicas > readyReplicas ||
    now.availableReplicas > availableReplicas
  );
}

function countReplicas(newest: V1ReplicaSet | undefined, sets: readonly V1ReplicaSet[]): Counts {
  const sum = (member: 'replicas' | 'readyReplicas' | 'availableReplicas'): number =>
    sets.reduce((total, { status }) => total + (status?.[member] ?? 0), 0);
  return {
    replicas: sum('replicas'),
    updatedReplicas: newest?.status?.replicas ?? 0,
    readyReplicas: sum('readyReplicas'),
    availableReplicas: sum('availableReplicas'),
  };
}

function totalOf(sets: readonly V1ReplicaSet[]): number {
  return sets.reduce((total, { spec }) => total + (spec?.replicas ?? 0), 0);
}

/** Go's omitempty: a count of zero is not written. */
function nonZero(counts: Counts): Partial<Counts> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}
