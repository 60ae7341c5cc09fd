import type {
  V1Deployment,
  V1EndpointSlice,
  V1Job,
  V1PodDisruptionBudget,
  V1ReplicaSet,
  V2HorizontalPodAutoscaler,
} from '@kubernetes/client-node';
import { expect, test, vi } from 'vitest';
import { isReady, isTerminating } from '../pods.ts';
import { resources } from '../resources.ts';
import type { TestCluster } from '../testing/cluster.ts';
import { container, deployment, startTestCluster } from '../testing/cluster.ts';

const namespace = 'default';
const wait = { timeout: 10_000, interval: 20 };

test('a deployment rolls out without ever being short of ready pods, and back to an old revision', async () => {
  await using cluster = await startTestCluster();
  const { api, signal } = cluster;
  const service = { selector: { app: 'hub' }, ports: [{ port: 80, targetPort: 'http' }] };
  await api.create(resources.services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'hub', namespace },
    spec: service,
  });
  const maxUnavailable = { maxUnavailable: 1, selector: { matchLabels: { app: 'hub' } } };
  await api.create(resources.podDisruptionBudgets, {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'hub', namespace },
    spec: maxUnavailable,
  });
  await api.create(resources.deployments, deployment(3));
  await rolledOut(cluster, 3);
  expect(cluster.events('ScalingReplicaSet')).toEqual([
    expect.stringMatching(/^Scaled up replica set hub-\w+ from 0 to 3$/),
  ]);
  expect(new Set(cluster.pods().map(({ spec }) => spec?.nodeName)).size).toBe(3);
  await vi.waitFor(() => expect(readyAddresses(cluster)).toHaveLength(3), wait);
  const budget = api.get<V1PodDisruptionBudget>(resources.podDisruptionBudgets, namespace, 'hub');
  expect(budget?.status).toMatchObject({
    expectedPods: 3,
    currentHealthy: 3,
    desiredHealthy: 2,
    disruptionsAllowed: 1,
  });

  let fewest = 3;
  api.watch(
    resources.pods,
    () => {
      fewest = Math.min(fewest, cluster.pods().filter((pod) => isReady(pod) && !isTerminating(pod)).length);
    },
    signal,
  );
  await setVersion(cluster, '2');
  await rolledOut(cluster, 3);
  expect(fewest).toBe(3);
  expect(api.get<V1Deployment>(resources.deployments, namespace, 'hub')?.metadata?.annotations).toMatchObject(
    {
      'deployment.kubernetes.io/revision': '2',
    },
  );
  const [old] = sets(cluster).filter(({ spec }) => spec?.replicas === 0);
  await setVersion(cluster, undefined);
  await rolledOut(cluster, 3);
  expect(sets(cluster)).toHaveLength(2);
  expect(sets(cluster).find(({ metadata }) => metadata?.uid === old?.metadata?.uid)).toMatchObject({
    spec: { replicas: 3 },
    metadata: {
      annotations: {
        'deployment.kubernetes.io/revision': '3',
        'deployment.kubernetes.io/revision-history': '1',
      },
    },
  });
});

test('a release that never gets ready stops by itself and past its deadline says so', async () => {
  await using cluster = await startTestCluster({ speed: 50 });
  const { api } = cluster;
  const first = deployment(2);
  await api.create(resources.deployments, {
    ...first,
    spec: { ...first.spec, progressDeadlineSeconds: 60 },
  } as V1Deployment);
  await rolledOut(cluster, 2);
  const env = [{ name: 'SICK', value: 'yes' }];
  const spec = { template: { spec: { containers: [container({ env })] } } };
  await api.patch(resources.deployments, namespace, 'hub', { spec });
  await vi.waitFor(
    () => expect(condition(cluster, 'Progressing')?.reason).toBe('ProgressDeadlineExceeded'),
    wait,
  );
  expect(condition(cluster, 'Available')?.status).toBe('True');
  expect(cluster.pods().filter(isReady)).toHaveLength(2);
});

test('a job ends with its pod, or fails at its back-off limit', async () => {
  await using cluster = await startTestCluster({ speed: 50 });
  const { api } = cluster;
  const job = (name: string, env: { name: string; value: string }[], more: object = {}): V1Job => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace },
    spec: {
      ...more,
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'migrate', image: 'hub:v1', env }] } },
    },
  });
  await api.create(
    resources.jobs,
    job('good', [{ name: 'SERVE', value: 'no' }], { ttlSecondsAfterFinished: 60 }),
  );
  await api.create(resources.jobs, job('bad', [{ name: 'EXIT', value: '1' }], { backoffLimit: 1 }));
  const status = (name: string) => api.get<V1Job>(resources.jobs, namespace, name)?.status;
  await vi.waitFor(() => expect(status('good')?.succeeded).toBe(1), wait);
  await vi.waitFor(() => expect(status('good')?.conditions?.at(-1)?.type).toBe('Complete'), wait);
  await vi.waitFor(
    () =>
      expect(status('bad')?.conditions?.at(-1)).toMatchObject({
        type: 'Failed',
        reason: 'BackoffLimitExceeded',
      }),
    wait,
  );
  expect(status('bad')?.failed).toBe(2);
  await vi.waitFor(() => expect(status('good')).toBeUndefined(), wait);
});

test('the autoscaler adds pods under load and says from what', async () => {
  await using cluster = await startTestCluster();
  const { api } = cluster;
  await api.create(resources.deployments, deployment(1, { resources: { requests: { cpu: '100m' } } }));
  const metrics = [
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
  ];
  await api.create(resources.horizontalPodAutoscalers, {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'hub', namespace },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'hub' },
      minReplicas: 1,
      maxReplicas: 3,
      metrics,
    },
  });
  await rolledOut(cluster, 1);
  const [only] = cluster.pods();
  const abort = new AbortController();
  void burn(only?.status?.podIP ?? '', abort.signal);
  await vi.waitFor(() => expect(cluster.events('SuccessfulRescale')).toHaveLength(1), wait);
  abort.abort();
  expect(cluster.events('SuccessfulRescale')).toEqual([
    'New size: 3; reason: cpu resource utilization (percentage of request) above target',
  ]);
  await rolledOut(cluster, 3);
  const scaler = api.get<V2HorizontalPodAutoscaler>(resources.horizontalPodAutoscalers, namespace, 'hub');
  expect(scaler?.status?.currentMetrics?.[0]?.resource?.current.averageUtilization).toBeGreaterThan(55);
});

function sets({ api }: TestCluster): readonly V1ReplicaSet[] {
  return api.list<V1ReplicaSet>(resources.replicaSets, { namespace });
}

function readyAddresses({ api }: TestCluster): string[] {
  const slices = api.list<V1EndpointSlice>(resources.endpointSlices, { namespace });
  const hub = slices
    .filter(({ ports }) => ports?.[0]?.port === 8080)
    .flatMap(({ endpoints = [] }) => endpoints);
  return hub.filter(({ conditions }) => conditions?.ready).flatMap(({ addresses }) => addresses);
}

function condition({ api }: TestCluster, type: string) {
  const status = api.get<V1Deployment>(resources.deployments, namespace, 'hub')?.status;
  return status?.conditions?.find((candidate) => candidate.type === type);
}

async function setVersion({ api }: TestCluster, version: string | undefined): Promise<void> {
  const env = version === undefined ? container().env : [{ name: 'VERSION', value: version }];
  await api.patch(resources.deployments, namespace, 'hub', {
    spec: { template: { spec: { containers: [container({ env })] } } },
  });
}

async function rolledOut(cluster: TestCluster, replicas: number): Promise<void> {
  const status = () => cluster.api.get<V1Deployment>(resources.deployments, namespace, 'hub');
  await vi.waitFor(() => {
    const { metadata, status: now } = status() ?? {};
    expect(now).toMatchObject({
      observedGeneration: metadata?.generation,
      replicas,
      updatedReplicas: replicas,
      availableReplicas: replicas,
    });
    expect(condition(cluster, 'Progressing')?.reason).toBe('NewReplicaSetAvailable');
  }, wait);
}

async function burn(podIP: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await fetch(`http://${podIP}:8080/burn?of=50`, { signal }).then((answer) => answer.text(), String);
  }
}
