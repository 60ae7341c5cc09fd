import type { KubernetesObject, V1Deployment, V1Ingress, V1Node, V1Pod } from '@kubernetes/client-node';
import { KubeConfig } from '@kubernetes/client-node';
import { createCertificateAuthority } from '../../../../local/base/certificates.ts';
import { createClock } from '../../../../local/base/clock.ts';
import { createRandom } from '../../../../local/base/random.ts';
import type { KubernetesApi, Resource } from '../../../../local/kubernetes/api.ts';
import type { PodBackend } from '../../../../local/kubernetes/apiserver/pod-backend.ts';
import { startApiServer } from '../../../../local/kubernetes/apiserver/start-api-server.ts';
import { resources } from '../../../../local/kubernetes/resources.ts';
import { readManifest } from '../../../../provisioning/deploy/manifests.ts';

/** An API server with the deployment's objects and nothing that acts on them: what is written stays as it was written. */
export interface ScriptedCluster extends AsyncDisposable {
  readonly kubeconfig: string;
  readonly api: KubernetesApi;
  /** Every object but events, without what a write always changes. */
  state(): unknown;
  /** The certificate that the Ingress names. */
  ingressCertificate(): string | undefined;
  /** Writes since it was filled. */
  changes(): number;
}

const token = 'scripted';
const ingresses = { group: 'networking.k8s.io', version: 'v1', plural: 'ingresses' } as const;
const watched: readonly Resource[] = [
  resources.deployments,
  resources.services,
  resources.nodes,
  resources.pods,
  ingresses,
];

export async function startScriptedCluster(): Promise<ScriptedCluster> {
  const end = new AbortController();
  const authority = await createCertificateAuthority('scripted');
  const server = await startApiServer({
    host: '127.0.0.1',
    port: 0,
    clock: createClock({ speed: 1 }),
    random: createRandom(1),
    authority,
    tokens: { [token]: { user: 'kubernetes-admin', groups: ['system:masters'] } },
    signal: end.signal,
  });
  server.setPodBackend(idleBackend);
  await fill(server.api);
  let changes = 0;
  for (const resource of watched) server.api.watch(resource, () => changes++, end.signal);
  react(server.api, end.signal);
  const listed = watched.flatMap((resource) => server.api.list(resource)).length;
  return {
    ingressCertificate: () =>
      server.api.get<V1Ingress>(ingresses, 'artifacthub', 'hub')?.metadata?.annotations?.[
        'alb.ingress.kubernetes.io/certificate-arn'
      ],
    changes: () => changes - listed,
    kubeconfig: kubeconfigOf(server.url, server.caPem),
    api: server.api,
    state: () =>
      watched.flatMap((resource) => server.api.list<KubernetesObject>(resource).map(withoutVersion)),
    [Symbol.asyncDispose]: async () => {
      end.abort();
      await server[Symbol.asyncDispose]();
    },
  };
}

const idleBackend: PodBackend = {
  log: () => undefined,
  usage: () => ({
    containers: [{ name: 'hub', cpuCores: 0.01, memoryBytes: 2 ** 26 }],
    timestamp: new Date(),
    windowMs: 15_000,
  }),
};

const parameters = {
  NAMESPACE: 'artifacthub',
  NAME: 'hub',
  IMAGE: '111122223333.dkr.ecr.us-east-1.amazonaws.com/artifacthub/hub:3f9c2d1b7a64',
  CONFIGURATION_HASH: '0',
  CPU_REQUEST: '250m',
  MEMORY_REQUEST: '256Mi',
  HEALTH_PATH: '/healthz',
  PRE_STOP_SECONDS: '5',
  GRACE_SECONDS: '30',
  INGRESS: 'hub',
  CERTIFICATE_ARN: 'arn:aws:acm:us-east-1:111122223333:certificate/steady',
  WEB_ACL_ARN: 'arn:aws:wafv2:us-east-1:111122223333:regional/webacl/hub/1',
  SECURITY_GROUP_ID: 'sg-1',
  SSL_POLICY: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
  IDLE_TIMEOUT_SECONDS: '60',
  DEREGISTRATION_DELAY_SECONDS: '15',
  HEALTH_INTERVAL_SECONDS: '10',
  HEALTHY_THRESHOLD: '2',
  UNHEALTHY_THRESHOLD: '2',
  DELETION_PROTECTION: 'true',
  RELEASE: '3f9c2d1b7a64',
} as const;

async function fill(api: KubernetesApi): Promise<void> {
  const made = [
    ['namespace', resources.namespaces],
    ['service', resources.services],
    ['ingress', ingresses],
    ['deployment', resources.deployments],
  ] as const;
  for (const [name, resource] of made)
    for (const object of await readManifest(name, parameters))
      if (object.kind?.toLowerCase().startsWith(resource.plural.slice(0, -2)))
        await api.create(resource, object);
  for (let index = 1; index <= 6; index++) await api.create<V1Node>(resources.nodes, nodeOf(index));
  for (let index = 1; index <= 3; index++) await createPod(api, index);
}

function nodeOf(index: number): V1Node {
  const zone = `us-east-1${'abc'[(index - 1) % 3]}`;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: `node-${index}`, labels: { 'topology.kubernetes.io/zone': zone } },
    spec: { providerID: `aws:///${zone}/i-${index}` },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

async function createPod(api: KubernetesApi, index: number, node = index): Promise<void> {
  const pod = await api.create<V1Pod>(resources.pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `hub-${index}`,
      namespace: 'artifacthub',
      labels: { 'app.kubernetes.io/name': 'hub' },
    },
    spec: { nodeName: `node-${node}`, containers: [{ name: 'hub', image: parameters.IMAGE }] },
  });
  const status: V1Pod['status'] = {
    phase: 'Running',
    podIP: `127.0.10.${index}`,
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [
      {
        name: 'hub',
        ready: true,
        restartCount: 0,
        image: parameters.IMAGE,
        imageID: '',
        state: { running: {} },
      },
    ],
  };
  await api.update<V1Pod>(resources.pods, { ...pod, status }, 'status');
}

/** What controllers would do, at once: a run must not wait for what is not there. */
function react(api: KubernetesApi, signal: AbortSignal): void {
  api.watch<V1Pod>(resources.pods, ({ type, object }) => void replaceDeleted(api, type, object), signal);
  api.watch<V1Deployment>(resources.deployments, ({ object }) => void rollOut(api, object), signal);
  api.watch<V1Ingress>(ingresses, ({ type, object }) => void giveLoadBalancer(api, type, object), signal);
}

async function rollOut(api: KubernetesApi, deployment: V1Deployment): Promise<void> {
  const { generation } = deployment.metadata ?? {};
  if (deployment.status?.observedGeneration === generation) return;
  const replicas = deployment.spec?.replicas ?? 1;
  const counts = {
    replicas,
    updatedReplicas: replicas,
    readyReplicas: replicas,
    availableReplicas: replicas,
  };
  const status = { observedGeneration: generation, ...counts };
  await api.update<V1Deployment>(resources.deployments, { ...deployment, status }, 'status');
}

async function giveLoadBalancer(api: KubernetesApi, type: string, ingress: V1Ingress): Promise<void> {
  if (type === 'DELETED' || ingress.status?.loadBalancer?.ingress) return;
  const hostname = `${ingress.metadata?.name}.us-east-1.elb.amazonaws.com`;
  const status = { loadBalancer: { ingress: [{ hostname }] } };
  await api.update<V1Ingress>(ingresses, { ...ingress, status }, 'status');
}

/** As kubelet and ReplicaSet would: a pod that is being deleted goes, and one like it comes. */
async function replaceDeleted(api: KubernetesApi, type: string, { metadata }: V1Pod): Promise<void> {
  const [, index] = /^hub-(\d)$/.exec(metadata?.name ?? '') ?? [];
  if (type === 'DELETED' || !metadata?.deletionTimestamp || index === undefined) return;
  await api.delete(resources.pods, metadata.namespace, metadata.name ?? '', { gracePeriodSeconds: 0 });
  await createPod(api, Number(index), schedulableNode(api));
}

function schedulableNode(api: KubernetesApi): number {
  const nodes = api.list<V1Node>(resources.nodes);
  return nodes.findIndex(({ spec }) => !spec?.unschedulable) + 1;
}

function withoutVersion(object: KubernetesObject): unknown {
  // What a controller reports lags behind what was written.
  const { resourceVersion, managedFields, generation, uid, creationTimestamp, ...metadata } =
    object.metadata ?? {};
  const { status, spec, ...rest } = object as KubernetesObject & { status?: unknown; spec?: unknown };
  // A pod that was replaced may be on another node.
  return { ...rest, metadata, ...(object.kind !== 'Pod' && { spec }) };
}

function kubeconfigOf(url: string, caPem: string): string {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'scripted', server: url, caData: Buffer.from(caPem).toString('base64') }],
    users: [{ name: 'scripted', token }],
    contexts: [{ name: 'scripted', cluster: 'scripted', user: 'scripted' }],
    currentContext: 'scripted',
  });
  return config.exportConfig();
}
