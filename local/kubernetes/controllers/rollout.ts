import type { IntOrString } from '@kubernetes/client-node';
import { scaledValue } from '../int-or-string.ts';

/** One ReplicaSet of a deployment, as far as a rolling update looks at it. */
export interface Revision {
  readonly name: string;
  readonly replicas: number;
  readonly availableReplicas: number;
}

export interface RolloutLimits {
  readonly replicas: number;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

/** `ResolveFenceposts`: surge rounds up, unavailable rounds down, and both zero would never move. */
export function rolloutLimits(
  replicas: number,
  { maxSurge = '25%', maxUnavailable = '25%' }: { maxSurge?: IntOrString; maxUnavailable?: IntOrString } = {},
): RolloutLimits {
  const surge = scaledValue(maxSurge, replicas, 'up');
  const unavailable = scaledValue(maxUnavailable, replicas, 'down');
  return {
    replicas,
    maxSurge: surge,
    maxUnavailable: surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, replicas),
  };
}

/** How large the new revision may be now. */
export function newRevisionReplicas(
  limits: RolloutLimits,
  newest: Revision,
  old: readonly Revision[],
): number {
  if (newest.replicas > limits.replicas) return limits.replicas;
  const total = newest.replicas + sum(old, 'replicas');
  const room = limits.replicas + limits.maxSurge - total;
  return room <= 0 ? newest.replicas : newest.replicas + Math.min(room, limits.replicas - newest.replicas);
}

/** How large each old revision may stay: the unavailable ones go first, then as many as availability allows. */
export function oldRevisionReplicas(
  limits: RolloutLimits,
  newest: Revision,
  old: readonly Revision[],
): ReadonlyMap<string, number> {
  const wanted = new Map(old.map(({ name, replicas }) => [name, replicas]));
  const minAvailable = limits.replicas - limits.maxUnavailable;
  const newUnavailable = newest.replicas - newest.availableReplicas;
  const total = newest.replicas + sum(old, 'replicas');
  let cleanable = total - minAvailable - newUnavailable;
  if (cleanable <= 0) return wanted;
  for (const { name, replicas, availableReplicas } of old) {
    const unhealthy = Math.max(0, Math.min(cleanable, replicas - availableReplicas));
    wanted.set(name, replicas - unhealthy);
    cleanable -= unhealthy;
  }
  let removable = newest.availableReplicas + sum(old, 'availableReplicas') - minAvailable;
  for (const { name } of old) {
    const left = wanted.get(name) ?? 0;
    const removed = Math.max(0, Math.min(removable, left));
    wanted.set(name, left - removed);
    removable -= removed;
  }
  return wanted;
}

/** A change of size in the middle of a rollout is shared out by size, leftovers to the largest (proportional scaling). */
export function proportionalReplicas(
  revisions: readonly (Revision & { readonly maxReplicas: number })[],
  limits: RolloutLimits,
): ReadonlyMap<string, number> {
  const total = sum(revisions, 'replicas');
  const allowed = limits.replicas > 0 ? limits.replicas + limits.maxSurge : 0;
  const toAdd = allowed - total;
  const bySize = [...revisions].sort((left, right) => right.replicas - left.replicas);
  const wanted = new Map<string, number>();
  let added = 0;
  for (const { name, replicas, maxReplicas } of bySize) {
    const share = Math.round((replicas * allowed) / (maxReplicas || total)) - replicas;
    const left = toAdd - added;
    const part = toAdd > 0 ? Math.max(0, Math.min(share, left)) : Math.min(0, Math.max(share, left));
    wanted.set(name, replicas + part);
    added += part;
  }
  const [largest] = bySize;
  if (largest) wanted.set(largest.name, Math.max(0, (wanted.get(largest.name) ?? 0) + toAdd - added));
  return wanted;
}

function sum(revisions: readonly Revision[], member: 'replicas' | 'availableReplicas'): number {
  return revisions.reduce((total, revision) => total + revision[member], 0);
}
