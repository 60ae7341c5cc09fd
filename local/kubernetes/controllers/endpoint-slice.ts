import { isDeepStrictEqual } from 'node:util';
import type { V1Endpoint, V1EndpointSlice, V1Node, V1Pod, V1Service } from '@kubernetes/client-node';
import { compileLabelSelector } from '../apiserver/label-selector.ts';
import { controllerReference, isFinished, isReady, isTerminating, keyOf, splitKey } from '../pods.ts';
import { createReconciler } from '../reconciler.ts';
import { resources } from '../resources.ts';
import type { Controller } from './controller.ts';

const managedBy = 'endpointslice-controller.k8s.io';
const zoneLabel = 'topology.kubernetes.io/zone';
type Ports = NonNullable<V1EndpointSlice['ports']>;

/**
 * Which addresses stand behind a service. Never more than one slice for each set of ports: a hundred endpoints, where
 * Kubernetes splits, is more than pods that are processes come to.
 */
export const endpointSliceController: Controller = ({ api, clock, signal }) => {
  const reconcile = async (key: string): Promise<void> => {
    const { namespace, name } = splitKey(key);
    const service = api.get<V1Service>(resources.services, namespace, name);
    if (!service?.spec?.selector) return;
    const existing = api
      .list<V1EndpointSlice>(resources.endpointSlices, { namespace })
      .filter(({ metadata }) => isOurs(metadata?.labels, name));
    const zones = new Map(
      api
        .list<V1Node>(resources.nodes)
        .map(({ metadata }) => [metadata?.name, metadata?.labels?.[zoneLabel]]),
    );
    const wanted = slicesOf(service, podsOf(service), (node) => zones.get(node));
    const unclaimed = [...existing];
    for (const { ports, endpoints } of wanted) {
      const at = unclaimed.findIndex((slice) => isDeepStrictEqual(normal(slice.ports), normal(ports)));
      const [slice] = at < 0 ? [] : unclaimed.splice(at, 1);
      await write(service, slice, { ports, endpoints });
    }
    for (const { metadata } of unclaimed) {
      await api.delete(resources.endpointSlices, namespace, metadata?.name ?? '');
    }
  };

  const podsOf = ({ metadata, spec }: V1Service): V1Pod[] => {
    const matches = compileLabelSelector({ matchLabels: spec?.selector });
    return api
      .list<V1Pod>(resources.pods, { namespace: metadata?.namespace })
      .filter((pod) => matches(pod.metadata?.labels ?? {}));
  };

  const write = async (
    service: V1Service,
    current: V1EndpointSlice | undefined,
    { ports, endpoints }: { ports: Ports; endpoints: V1Endpoint[] },
  ): Promise<void> => {
    if (current && isDeepStrictEqual(normal(current.endpoints), normal(endpoints))) return;
    if (current) return void (await api.update(resources.endpointSlices, { ...current, endpoints }));
    await api.create<V1EndpointSlice>(resources.endpointSlices, {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        generateName: `${service.metadata?.name}-`,
        namespace: service.metadata?.namespace,
        labels: {
          ...service.metadata?.labels,
          'kubernetes.io/service-name': service.metadata?.name ?? '',
          'endpointslice.kubernetes.io/managed-by': managedBy,
        },
        ownerReferences: [controllerReference(service)],
      },
      addressType: 'IPv4',
      endpoints,
      ports,
    });
  };

  const queue = createReconciler({ name: 'endpointslice', clock, signal, reconcile });
  api.watch<V1Service>(resources.services, ({ object }) => queue.enqueue(keyOf(object)), signal);
  api.watch<V1Pod>(
    resources.pods,
    ({ object }) => {
      for (const service of api.list<V1Service>(resources.services, {
        namespace: object.metadata?.namespace,
      })) {
        const { selector } = service.spec ?? {};
        if (selector && compileLabelSelector({ matchLabels: selector })(object.metadata?.labels ?? {})) {
          queue.enqueue(keyOf(service));
        }
      }
    },
    signal,
  );
};

/** Pods may resolve a named target port differently: each set of port numbers has a slice. */
export function slicesOf(
  service: V1Service,
  pods: readonly V1Pod[],
  zoneOf: (node: string | undefined) => string | undefined,
): { ports: Ports; endpoints: V1Endpoint[] }[] {
  const slices = new Map<string, { ports: Ports; endpoints: V1Endpoint[] }>();
  for (const pod of pods) {
    if (!pod.status?.podIP || isFinished(pod)) continue;
    const ports = portsOf(service, pod);
    const slice = slices.get(JSON.stringify(ports)) ?? { ports, endpoints: [] };
    slice.endpoints.push(endpointOf(service, pod, zoneOf(pod.spec?.nodeName)));
    slices.set(JSON.stringify(ports), slice);
  }
  for (const { endpoints } of slices.values()) endpoints.sort(byAddress);
  return slices.size > 0 ? [...slices.values()] : [{ ports: portsOf(service, undefined), endpoints: [] }];
}

function endpointOf(service: V1Service, pod: V1Pod, zone: string | undefined): V1Endpoint {
  const serving = isReady(pod);
  const terminating = isTerminating(pod);
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating);
  return {
    addresses: [pod.status?.podIP ?? ''],
    conditions: { ready, serving, terminating },
    nodeName: pod.spec?.nodeName,
    targetRef: {
      kind: 'Pod',
      namespace: pod.metadata?.namespace,
      name: pod.metadata?.name,
      uid: pod.metadata?.uid,
    },
    ...(zone && { zone }),
  };
}

function portsOf({ spec }: V1Service, pod: V1Pod | undefined): Ports {
  return (spec?.ports ?? []).flatMap(
    ({ name = '', port, targetPort = port, protocol = 'TCP', appProtocol }) => {
      const named = (pod?.spec?.containers ?? [])
        .flatMap((container) => container.ports ?? [])
        .find((candidate) => candidate.name === targetPort && (candidate.protocol ?? 'TCP') === protocol);
      const number = typeof targetPort === 'number' ? targetPort : named?.containerPort;
      return number === undefined
        ? []
        : [{ name, port: number, protocol, ...(appProtocol && { appProtocol }) }];
    },
  );
}

function byAddress(left: V1Endpoint, right: V1Endpoint): number {
  return (left.addresses[0] ?? '') < (right.addresses[0] ?? '') ? -1 : 1;
}

function isOurs(labels: Record<string, string> | undefined, service: string): boolean {
  return (
    labels?.['kubernetes.io/service-name'] === service &&
    labels['endpointslice.kubernetes.io/managed-by'] === managedBy
  );
}

function normal(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? []));
}
