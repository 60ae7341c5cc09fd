import type { V1Pod } from '@kubernetes/client-node';
import type { CertificateAuthority } from '../base/certificates.ts';
import type { Clock } from '../base/clock.ts';
import type { Breakable, NodeFault, PodFault } from '../base/plane-fault.ts';
import type { Random } from '../base/random.ts';
import type { KubernetesApi } from './api.ts';
import { StatusError } from './api.ts';
import type { PodBackend } from './apiserver/pod-backend.ts';
import type { AdmissionHook } from './apiserver/request.ts';
import { startApiServer } from './apiserver/start-api-server.ts';
import { startControllers } from './controllers/start-controllers.ts';
import type { Kubelet } from './kubelet/kubelet.ts';
import { startKubelet } from './kubelet/kubelet.ts';
import type { KubeletPorts, NodeSpec } from './kubelet/kubelet-context.ts';
import { createNodeFaults } from './node-faults.ts';
import { createPodFaults } from './pod-faults.ts';
import { podUsage } from './pod-usage.ts';
import { resources } from './resources.ts';
import { startScheduler } from './scheduler/scheduler.ts';

export interface KubernetesOptions extends KubeletPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly host: string;
  readonly port: number;
  readonly authority: CertificateAuthority;
  /** Bearer token of a member of `system:masters`. */
  readonly adminToken: string;
  readonly nodes: readonly NodeSpec[];
  /** A mutating webhook for new pods. */
  admitPod?(pod: V1Pod): V1Pod;
  readonly signal: AbortSignal;
}

/** A running cluster. Disposing ends every pod at once and leaves no process. */
export interface KubernetesPlane extends AsyncDisposable {
  readonly url: string;
  readonly caPem: string;
  readonly adminToken: string;
  readonly api: KubernetesApi;
  readonly pods: Breakable<PodFault>;
  readonly nodes: Breakable<NodeFault>;
}

/** API server, controllers, scheduler and kubelets of one cluster, in this process; its pods are processes. */
export async function startKubernetes(options: KubernetesOptions): Promise<KubernetesPlane> {
  const { clock, random, host, port, authority, adminToken, nodes, admitPod } = options;
  const end = new AbortController();
  const signal = AbortSignal.any([end.signal, options.signal]);
  const server = await startApiServer({
    host,
    port,
    clock,
    random,
    authority,
    tokens: { [adminToken]: { user: 'kubernetes-admin', groups: ['system:masters'] } },
    admit: admitPod ? [mutatePods(admitPod)] : [],
    signal,
  });
  const { api } = server;
  const kubelet = await startKubelet({
    api: server.apiAs({ user: 'system:node', groups: ['system:masters'] }, 'kubelet'),
    clock,
    random,
    nodes,
    ports: options,
    signal,
  });
  server.setPodBackend(podBackend(kubelet, api));
  const scheduler = { user: 'system:kube-scheduler', groups: ['system:masters'] };
  startScheduler({ api: server.apiAs(scheduler, 'kube-scheduler'), clock, signal });
  startControllers({ api, clock, random, signal, usageOf: podUsage(kubelet) });

  return {
    url: server.url,
    caPem: server.caPem,
    adminToken,
    api,
    pods: createPodFaults({ kubelet, ports: options }),
    nodes: createNodeFaults(kubelet),
    [Symbol.asyncDispose]: async () => {
      end.abort();
      await kubelet[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

function mutatePods(admitPod: (pod: V1Pod) => V1Pod): AdmissionHook {
  return (operation, { group, plural }, object) => {
    if (operation !== 'CREATE' || group !== '' || plural !== 'pods') return object;
    return admitPod(object as unknown as V1Pod) as unknown as typeof object;
  };
}

function podBackend(kubelet: Kubelet, api: KubernetesApi): PodBackend {
  return {
    log: (namespace, name, container, previous) => {
      const pod = api.get<V1Pod>(resources.pods, namespace, name);
      const node = kubelet.nodes.get(pod?.spec?.nodeName ?? '');
      if (node && !node.hasPower) throw outOfReach(node.spec.address, `${namespace}/${name}/${container}`);
      const found = kubelet.findContainer(namespace, name, container);
      return previous ? found?.previousLog : found?.log;
    },
    usage: (namespace, pod) => kubelet.usageOf(namespace, pod),
  };
}

/** What the API server says when it asks a kubelet that is not there. */
function outOfReach(address: string, container: string): StatusError {
  const message = `Get "https://${address}:10250/containerLogs/${container}": dial tcp ${address}:10250: i/o timeout`;
  return new StatusError(500, 'InternalError', message);
}
