import type {
  KubernetesObjectApi,
  V1Deployment,
  V1Ingress,
  V1Job,
  V1JobCondition,
} from '@kubernetes/client-node';
import type { Clock } from '../../local/base/clock.ts';
import { until } from './until.ts';

export interface WaitOptions {
  readonly api: KubernetesObjectApi;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly namespace: string;
  readonly name: string;
}

/** As `kubectl rollout status` decides it: every pod is of this generation, and enough of them are available. */
export async function untilRolledOut({ api, namespace, name, ...wait }: WaitOptions): Promise<void> {
  const header = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace, name } };
  await until({
    ...wait,
    what: `deployment "${namespace}/${name}" to be rolled out`,
    withinSeconds: 900,
    look: async () => rollout(await api.read<V1Deployment>(header)),
    done: ({ current, wanted, updated, available, all }) =>
      current && updated >= wanted && all === updated && available >= updated,
  });
}

function rollout({ metadata, spec, status }: V1Deployment) {
  return {
    current: (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0),
    wanted: spec?.replicas ?? 1,
    all: status?.replicas ?? 0,
    updated: status?.updatedReplicas ?? 0,
    available: status?.availableReplicas ?? 0,
    conditions: status?.conditions?.map(({ type, status: is, reason }) =>
      `${type}=${is} ${reason ?? ''}`.trim(),
    ),
  };
}

export async function untilJobComplete({ api, namespace, name, ...wait }: WaitOptions): Promise<void> {
  const header = { apiVersion: 'batch/v1', kind: 'Job', metadata: { namespace, name } };
  const conditions = await until({
    ...wait,
    what: `job "${namespace}/${name}" to finish`,
    withinSeconds: 600,
    look: async () => (await api.read<V1Job>(header)).status?.conditions ?? [],
    done: (seen) => isTrue(seen, 'Complete') || isTrue(seen, 'Failed'),
  });
  const failed = conditions.find(({ type, status }) => type === 'Failed' && status === 'True');
  if (failed)
    throw new Error(
      `Cannot migrate: job "${namespace}/${name}" failed (${failed.reason}: ${failed.message}); see kubectl logs -n ${namespace} job/${name}`,
    );
}

function isTrue(conditions: readonly V1JobCondition[], wanted: string): boolean {
  return conditions.some(({ type, status }) => type === wanted && status === 'True');
}

/** The name of the load balancer that the controller made for the ingress. */
export async function untilIngressHasHost({ api, namespace, name, ...wait }: WaitOptions): Promise<string> {
  const header = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { namespace, name } };
  const host = await until({
    ...wait,
    what: `ingress "${namespace}/${name}" to have a load balancer`,
    withinSeconds: 600,
    look: async () => (await api.read<V1Ingress>(header)).status?.loadBalancer?.ingress?.[0]?.hostname,
    done: (seen) => seen !== undefined,
  });
  return host ?? '';
}
