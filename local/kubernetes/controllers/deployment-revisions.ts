import type { V1Deployment, V1ReplicaSet } from '@kubernetes/client-node';
import type { KubernetesApi } from '../api.ts';
import { StatusError } from '../api.ts';
import { controllerReference, isOwnedBy } from '../pods.ts';
import { resources } from '../resources.ts';
import { instantMs } from '../timestamps.ts';
import { hashLabel, podTemplateHash, sameTemplate } from './pod-template-hash.ts';
import { rolloutLimits } from './rollout.ts';

const revisionAnnotation = 'deployment.kubernetes.io/revision';
const historyAnnotation = 'deployment.kubernetes.io/revision-history';
const notCopied = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.to',
  revisionAnnotation,
  historyAnnotation,
]);

/** The ReplicaSet of the deployment's present template; the oldest, if foreign hands made several. */
export function latestRevision(
  { spec }: V1Deployment,
  sets: readonly V1ReplicaSet[],
): V1ReplicaSet | undefined {
  return [...sets]
    .sort((left, right) => createdAt(left) - createdAt(right))
    .find((set) => sameTemplate(set.spec?.template, spec?.template));
}

/** What a later resize in mid-rollout is measured against. */
export function desiredAnnotations({ spec }: V1Deployment): Record<string, string> {
  const replicas = spec?.replicas ?? 1;
  const { maxSurge } = rolloutLimits(replicas, spec?.strategy?.rollingUpdate);
  const surge = spec?.strategy?.type === 'Recreate' ? 0 : maxSurge;
  return {
    'deployment.kubernetes.io/desired-replicas': String(replicas),
    'deployment.kubernetes.io/max-replicas': String(replicas + surge),
  };
}

export function createRevisions(api: KubernetesApi) {
  return {
    /** Finds or makes the ReplicaSet of the present template, and numbers it after all others. */
    ensureNewest: async (
      deployment: V1Deployment,
      sets: readonly V1ReplicaSet[],
      replicas: number,
    ): Promise<{ set: V1ReplicaSet; created: boolean }> => {
      const known = latestRevision(deployment, sets);
      const others = sets.filter((set) => set !== known);
      const revision = Math.max(0, ...others.map(revisionOf)) + 1;
      const set = known
        ? await renumber(deployment, known, revision)
        : await create(deployment, replicas, revision);
      await annotate(deployment, set);
      return { set, created: !known };
    },
    /** Removes old ReplicaSets without pods beyond `revisionHistoryLimit`. */
    prune: async (
      deployment: V1Deployment,
      newest: string | undefined,
      sets: readonly V1ReplicaSet[],
    ): Promise<void> => {
      const limit = deployment.spec?.revisionHistoryLimit ?? 10;
      const old = sets.filter((set) => set.metadata?.name !== newest);
      const empty = old.filter((set) => !set.spec?.replicas && !set.status?.replicas);
      const excess = empty.sort((left, right) => revisionOf(left) - revisionOf(right));
      for (const { metadata } of excess.slice(0, Math.max(0, old.length - limit))) {
        await api.delete(resources.replicaSets, metadata?.namespace, metadata?.name ?? '');
      }
    },
  };

  async function create(deployment: V1Deployment, replicas: number, revision: number): Promise<V1ReplicaSet> {
    const { metadata, spec, status } = deployment;
    const hash = podTemplateHash(spec?.template ?? {}, status?.collisionCount);
    const labels = { ...spec?.template?.metadata?.labels, [hashLabel]: hash };
    const selector = spec?.selector ?? {};
    const set: V1ReplicaSet = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${metadata?.name}-${hash}`,
        namespace: metadata?.namespace,
        labels,
        annotations: {
          ...copied(metadata?.annotations),
          ...desiredAnnotations(deployment),
          [revisionAnnotation]: String(revision),
        },
        ownerReferences: [controllerReference(deployment)],
      },
      spec: {
        replicas,
        minReadySeconds: spec?.minReadySeconds,
        selector: { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
        template: { ...spec?.template, metadata: { ...spec?.template?.metadata, labels } },
      },
    };
    try {
      return await api.create(resources.replicaSets, set);
    } catch (error) {
      if (isAlreadyExists(error)) await resolveCollision(deployment, set);
      throw error;
    }
  }

  /** The name is taken by another template (or another deployment's set): the next attempt hashes differently. */
  async function resolveCollision(deployment: V1Deployment, wanted: V1ReplicaSet): Promise<void> {
    const { namespace, name = '' } = wanted.metadata ?? {};
    const existing = api.get<V1ReplicaSet>(resources.replicaSets, namespace, name);
    const ours = existing && isOwnedBy(existing, deployment);
    if (ours && sameTemplate(existing.spec?.template, deployment.spec?.template)) return;
    const status = { collisionCount: (deployment.status?.collisionCount ?? 0) + 1 };
    await api.patch(resources.deployments, namespace, deployment.metadata?.name ?? '', { status }, 'status');
  }

  async function renumber(
    deployment: V1Deployment,
    set: V1ReplicaSet,
    revision: number,
  ): Promise<V1ReplicaSet> {
    const annotations: Record<string, string> = copied(deployment.metadata?.annotations);
    const held = set.metadata?.annotations ?? {};
    if (revisionOf(set) < revision) {
      annotations[revisionAnnotation] = String(revision);
      const history = [held[historyAnnotation], held[revisionAnnotation]].filter(Boolean).join(',');
      if (history) annotations[historyAnnotation] = history;
    }
    const minReadySeconds = deployment.spec?.minReadySeconds;
    const same = Object.entries(annotations).every(([key, value]) => held[key] === value);
    if (same && (set.spec?.minReadySeconds ?? 0) === (minReadySeconds ?? 0)) return set;
    return api.patch(resources.replicaSets, set.metadata?.namespace, set.metadata?.name ?? '', {
      metadata: { annotations },
      spec: { minReadySeconds: minReadySeconds ?? null },
    });
  }

  async function annotate(deployment: V1Deployment, set: V1ReplicaSet): Promise<void> {
    const revision = set.metadata?.annotations?.[revisionAnnotation];
    if (!revision || deployment.metadata?.annotations?.[revisionAnnotation] === revision) return;
    const { namespace, name = '' } = deployment.metadata ?? {};
    const metadata = { annotations: { [revisionAnnotation]: revision } };
    await api.patch(resources.deployments, namespace, name, { metadata });
  }
}

function copied(annotations: Record<string, string> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations ?? {}).filter(([key]) => !notCopied.has(key)));
}

function revisionOf({ metadata }: V1ReplicaSet): number {
  return Number(metadata?.annotations?.[revisionAnnotation] ?? 0);
}

function createdAt({ metadata }: V1ReplicaSet): number {
  return instantMs(metadata?.creationTimestamp) ?? 0;
}

function isAlreadyExists(error: unknown): boolean {
  return error instanceof StatusError && error.reason === 'AlreadyExists';
}
