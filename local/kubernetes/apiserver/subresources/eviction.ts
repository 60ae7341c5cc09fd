import type { V1Pod, V1PodDisruptionBudget } from '@kubernetes/client-node';
import type { DeleteOptions } from '../delete.ts';
import { deleteObject } from '../delete.ts';
import { formatTime } from '../instants.ts';
import type { ApiObject } from '../json.ts';
import { compileLabelSelector } from '../label-selector.ts';
import { readObject } from '../read-object.ts';
import type { ApiState, Request } from '../request.ts';
import { statusError } from '../status.ts';
import { liveObject } from '../write.ts';

/** Deletes a pod only if its disruption budget allows it (Kubernetes documentation, "API-initiated Eviction"). */
export function evictPod(state: ApiState, request: Request, name: string, body: unknown): void {
  const eviction = readObject(request, body, { group: 'policy', version: 'v1', kind: 'Eviction' });
  const options = (eviction.deleteOptions ?? {}) as DeleteOptions & { dryRun?: readonly string[] };
  const pod = liveObject(state, request, name);
  const call = { ...request, dryRun: request.dryRun || (options.dryRun?.includes('All') ?? false) };
  const budget = needsNoBudget(pod) ? undefined : budgetOf(state, pod);
  if (budget) spend(state, call, budget, pod);
  deleteObject(state, call, name, options);
}

function needsNoBudget({ status, metadata }: ApiObject): boolean {
  const phase = String(status?.phase);
  return metadata.deletionTimestamp !== undefined || ['Pending', 'Succeeded', 'Failed'].includes(phase);
}

const budgets = 'policy/poddisruptionbudgets';

function budgetOf({ store }: ApiState, { metadata }: ApiObject): ApiObject | undefined {
  const found = store.list(budgets).filter((budget) => {
    const { selector } = (budget.spec ?? {}) as NonNullable<V1PodDisruptionBudget['spec']>;
    return (
      budget.metadata.namespace === metadata.namespace &&
      compileLabelSelector(selector)(metadata.labels ?? {})
    );
  });
  if (found.length < 2) return found[0];
  const message =
    'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
  throw statusError(500, 'InternalError', message);
}

function spend(state: ApiState, request: Request, budget: ApiObject, pod: ApiObject): void {
  const { status, spec } = budget as unknown as V1PodDisruptionBudget;
  const {
    observedGeneration = 0,
    disruptionsAllowed = 0,
    currentHealthy = 0,
    desiredHealthy = 0,
  } = status ?? {};
  if (!isReady(pod)) {
    const healthyEnough = currentHealthy >= desiredHealthy && desiredHealthy > 0;
    if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow' || healthyEnough) return;
  }
  const { name, generation = 0 } = budget.metadata;
  if (observedGeneration < generation) {
    throw refused(`The disruption budget ${name} is still being processed by the server.`, 10);
  }
  if (disruptionsAllowed <= 0) {
    const needs = `needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
    throw refused(`The disruption budget ${name} ${needs}`);
  }
  if (request.dryRun) return;
  const draft = structuredClone(budget);
  const disruptedPods = {
    ...(draft.status?.disruptedPods as object | undefined),
    [pod.metadata.name]: formatTime(state.clock.now()),
  };
  draft.status = { ...draft.status, disruptionsAllowed: disruptionsAllowed - 1, disruptedPods };
  state.store.put(budgets, draft);
}

function refused(message: string, retryAfterSeconds?: number): Error {
  const details = { causes: [{ reason: 'DisruptionBudget', message }], retryAfterSeconds };
  const text = "Cannot evict pod as it would violate the pod's disruption budget.";
  return statusError(429, 'TooManyRequests', text, details);
}

function isReady(pod: ApiObject): boolean {
  const { status } = pod as unknown as V1Pod;
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
}
