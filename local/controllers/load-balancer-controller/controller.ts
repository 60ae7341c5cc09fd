import { debuglog } from 'node:util';
import type { KubeConfig, V1Ingress, V1Namespace, V1Pod, V1Service } from '@kubernetes/client-node';
import {
  CoreV1Api,
  CustomObjectsApi,
  NetworkingV1Api,
  PatchStrategy,
  setHeaderOptions,
} from '@kubernetes/client-node';
import type { Clock } from '../../base/clock.ts';
import { deleteLoadBalancer } from './delete-load-balancer.ts';
import type { LoadBalancerModel } from './model.ts';
import { generatedName, modelOf } from './model.ts';
import { createReadinessGateInjector, selects } from './readiness-gate-injector.ts';
import type { AwsClients, ReconciledLoadBalancer } from './reconcile-load-balancer.ts';
import { reconcileLoadBalancer } from './reconcile-load-balancer.ts';
import { reconcileTargets } from './reconcile-targets.ts';
import { applyBinding, removeBindings } from './target-group-binding.ts';
import { updateGates } from './update-gates.ts';
import type { Watched } from './watched.ts';
import { watched } from './watched.ts';

export interface LoadBalancerControllerOptions {
  readonly config: KubeConfig;
  readonly aws: AwsClients;
  readonly clock: Clock;
  readonly clusterName: string;
  readonly signal: AbortSignal;
}

export interface LoadBalancerController {
  /** The admission that gives new pods their readiness gates. */
  readonly injectGates: (pod: V1Pod) => V1Pod;
  /** A defect for mutants: load balancers made from now on get no targets. */
  withholdTargetsFromNew(on: boolean): void;
}

/** Stack milliseconds between looks when nothing changes: health is AWS's to tell, and AWS sends no events. */
const resyncMs = 2000;
const finalizer = 'ingress.k8s.aws/resources';

/** The AWS Load Balancer Controller's job, by list and watch: Ingresses of class `alb` become load balancers. */
export async function startLoadBalancerController(
  options: LoadBalancerControllerOptions,
): Promise<LoadBalancerController> {
  const { config, clock, signal } = options;
  const wake = createWake();
  const caches = await openCaches(config, wake.wake, signal);
  const clients = {
    core: config.makeApiClient(CoreV1Api),
    networking: config.makeApiClient(NetworkingV1Api),
    custom: config.makeApiClient(CustomObjectsApi),
  };
  const state: State = {
    ...options,
    ...clients,
    caches,
    balancers: new Map(),
    withheld: new Set(),
    failures: new Map(),
    withholding: false,
  };
  void loop(state, wake, clock, signal);
  return {
    injectGates: createReadinessGateInjector({
      injects: (namespace) =>
        caches.namespaces.list().find(({ metadata }) => metadata?.name === namespace)?.metadata?.labels?.[
          'elbv2.k8s.aws/pod-readiness-gate-inject'
        ] === 'enabled',
      bindings: (namespace) => boundGroups(state, namespace),
    }),
    withholdTargetsFromNew: (on) => {
      state.withholding = on;
      if (!on) state.withheld.clear();
      wake.wake();
    },
  };
}

export interface State extends LoadBalancerControllerOptions {
  readonly core: CoreV1Api;
  readonly networking: NetworkingV1Api;
  readonly custom: CustomObjectsApi;
  readonly caches: Caches;
  /** By `namespace/ingress`: what was reconciled last, so that unchanged ingresses cost no AWS calls. */
  readonly balancers: Map<string, { model: LoadBalancerModel; made: ReconciledLoadBalancer }>;
  readonly withheld: Set<string>;
  /** Ingresses whose last round failed: when to try again, in stack milliseconds, and what was said. */
  readonly failures: Map<
    string,
    { readonly retryAtMs: number; readonly delayMs: number; readonly message: string }
  >;
  withholding: boolean;
}

interface Caches {
  readonly ingresses: Watched<V1Ingress>;
  readonly services: Watched<V1Service>;
  readonly pods: Watched<V1Pod>;
  readonly namespaces: Watched<V1Namespace>;
}

const log = debuglog('stormproof:load-balancer-controller');

async function openCaches(config: KubeConfig, onChange: () => void, signal: AbortSignal): Promise<Caches> {
  const core = config.makeApiClient(CoreV1Api);
  const networking = config.makeApiClient(NetworkingV1Api);
  const [ingresses, services, pods, namespaces] = await Promise.all([
    watched<V1Ingress>(
      config,
      '/apis/networking.k8s.io/v1/ingresses',
      () => networking.listIngressForAllNamespaces(),
      onChange,
      signal,
    ),
    watched<V1Service>(
      config,
      '/api/v1/services',
      () => core.listServiceForAllNamespaces(),
      onChange,
      signal,
    ),
    watched<V1Pod>(config, '/api/v1/pods', () => core.listPodForAllNamespaces(), onChange, signal),
    watched<V1Namespace>(config, '/api/v1/namespaces', () => core.listNamespace(), onChange, signal),
  ]);
  return { ingresses, services, pods, namespaces };
}

async function loop(state: State, wake: Wake, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const ingress of state.caches.ingresses.list().filter(isAlb)) await tryReconcile(state, ingress);
    await wake.next(clock, signal);
  }
}

const firstRetryMs = 1000;
const maxRetryMs = 60_000;

/** Backs off while an ingress keeps failing, as controller-runtime's queue does, and says each reason once. */
async function tryReconcile(state: State, ingress: V1Ingress): Promise<void> {
  const { clock, failures, signal } = state;
  const key = `${ingress.metadata?.namespace}/${ingress.metadata?.name}`;
  const before = failures.get(key);
  if (before && clock.elapsedMs() < before.retryAtMs) return;
  try {
    await reconcile(state, ingress);
    failures.delete(key);
  } catch (error) {
    if (signal.aborted) return;
    const message = error instanceof Error ? error.message : String(error);
    const delayMs = before ? Math.min(before.delayMs * 2, maxRetryMs) : firstRetryMs;
    failures.set(key, { retryAtMs: clock.elapsedMs() + delayMs, delayMs, message });
    if (before?.message !== message) await report(state, ingress, message);
  }
}

function isAlb({ spec, metadata }: V1Ingress): boolean {
  return (spec?.ingressClassName ?? metadata?.annotations?.['kubernetes.io/ingress.class']) === 'alb';
}

async function reconcile(state: State, ingress: V1Ingress): Promise<void> {
  const key = `${ingress.metadata?.namespace}/${ingress.metadata?.name}`;
  if (ingress.metadata?.deletionTimestamp) return remove(state, ingress, key);
  const model = modelOf({
    ingress,
    clusterName: state.clusterName,
    service: (namespace, name) =>
      state.caches.services
        .list()
        .find(({ metadata }) => metadata?.namespace === namespace && metadata.name === name),
  });
  const known = state.balancers.get(key);
  if (!known || JSON.stringify(known.model) !== JSON.stringify(model)) {
    if (!known && state.withholding) state.withheld.add(key);
    await ensureFinalizer(state, ingress);
    const made = await reconcileLoadBalancer(state.aws, model);
    for (const group of model.targetGroups) await applyBinding(state.custom, model, group, made);
    state.balancers.set(key, { model, made });
    await publishHostname(state, ingress, made.dnsName);
  }
  await reconcileGroups(state, key);
}

async function reconcileGroups(state: State, key: string): Promise<void> {
  const entry = state.balancers.get(key);
  if (!entry) return;
  const { model, made } = entry;
  for (const group of model.targetGroups) {
    const pods = state.withheld.has(key) ? [] : podsOf(state, model.namespace, group.service);
    const arn = made.targetGroups.get(group.name) ?? '';
    const health = await reconcileTargets(state.aws.elbv2, { arn, group, pods });
    await updateGates(state.core, { group, pods, health, now: state.clock.now() });
  }
}

function podsOf({ caches }: State, namespace: string, serviceName: string): readonly V1Pod[] {
  const service = caches.services
    .list()
    .find(({ metadata }) => metadata?.namespace === namespace && metadata.name === serviceName);
  return caches.pods.list().filter((pod) => pod.metadata?.namespace === namespace && selects(service, pod));
}

function boundGroups(
  { balancers, caches }: State,
  namespace: string,
): readonly { targetGroup: string; service: V1Service | undefined }[] {
  return [...balancers.values()]
    .filter(({ model }) => model.namespace === namespace)
    .flatMap(({ model }) =>
      model.targetGroups.map((group) => ({
        targetGroup: group.name,
        service: caches.services
          .list()
          .find(({ metadata }) => metadata?.namespace === namespace && metadata.name === group.service),
      })),
    );
}

async function remove(state: State, ingress: V1Ingress, key: string): Promise<void> {
  const { namespace = 'default', name = '', finalizers = [] } = ingress.metadata ?? {};
  if (!finalizers.includes(finalizer)) return;
  const scheme = ingress.metadata?.annotations?.['alb.ingress.kubernetes.io/scheme'] ?? 'internal';
  const balancer = generatedName([namespace, name], [state.clusterName, namespace, name, scheme]);
  const groups = await deleteLoadBalancer(state.aws, { name: balancer, namespace, ingress: name });
  await removeBindings(state.custom, namespace, groups);
  state.balancers.delete(key);
  state.withheld.delete(key);
  await state.networking.patchNamespacedIngress(
    {
      namespace,
      name,
      body: { metadata: { finalizers: finalizers.filter((entry) => entry !== finalizer) } },
    },
    mergePatch,
  );
}

const mergePatch = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);

async function ensureFinalizer({ networking }: State, { metadata }: V1Ingress): Promise<void> {
  const { namespace = 'default', name = '', finalizers = [] } = metadata ?? {};
  if (finalizers.includes(finalizer)) return;
  const body = { metadata: { finalizers: [...finalizers, finalizer] } };
  await networking.patchNamespacedIngress({ namespace, name, body }, mergePatch);
}

async function publishHostname(
  { networking }: State,
  { metadata, status }: V1Ingress,
  hostname: string,
): Promise<void> {
  if (status?.loadBalancer?.ingress?.[0]?.hostname === hostname) return;
  const { namespace = 'default', name = '' } = metadata ?? {};
  await networking.patchNamespacedIngressStatus(
    { namespace, name, body: { status: { loadBalancer: { ingress: [{ hostname }] } } } },
    mergePatch,
  );
}

/** As the controller does: a Warning event `FailedDeployModel`, and the next round tries again. */
async function report({ core, clock }: State, ingress: V1Ingress, message: string): Promise<void> {
  log('%s/%s: %s', ingress.metadata?.namespace, ingress.metadata?.name, message);
  const { namespace = 'default', name = '', uid } = ingress.metadata ?? {};
  const now = clock.now();
  await core
    .createNamespacedEvent({
      namespace,
      body: {
        metadata: { generateName: `${name}.`, namespace },
        involvedObject: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name, namespace, uid },
        type: 'Warning',
        reason: 'FailedDeployModel',
        message: `Failed deploy model due to ${message}`,
        firstTimestamp: now,
        lastTimestamp: now,
        count: 1,
        source: { component: 'ingress' },
        reportingComponent: 'ingress.k8s.aws',
        reportingInstance: '',
      },
    })
    .catch((failure: unknown) => log('cannot record an event: %o', failure));
}

interface Wake {
  wake(): void;
  next(clock: Clock, signal: AbortSignal): Promise<void>;
}

/** Sleeps until something changed or the resync is due; changes during a round are not lost. */
function createWake(): Wake {
  let due = false;
  let sleeping: AbortController | undefined;
  return {
    wake: () => {
      due = true;
      sleeping?.abort();
    },
    next: async (clock, signal) => {
      if (!due) {
        sleeping = new AbortController();
        const woken = AbortSignal.any([sleeping.signal, signal]);
        await clock.sleep(resyncMs, woken).catch((error: unknown) => {
          if (!woken.aborted) throw error;
        });
        sleeping = undefined;
      }
      due = false;
    },
  };
}
