import { formatTime } from './instants.ts';
import type { ApiObject } from './json.ts';
import { parseLabelSelector } from './label-selector.ts';
import type { PodBackend, PodUsage } from './pod-backend.ts';
import { canonicalQuantity } from './quantity.ts';
import type { ServedResource } from './resources.ts';
import { notFound, statusError } from './status.ts';
import type { Store } from './store.ts';

const apiVersion = 'metrics.k8s.io/v1beta1';

/** The metrics API: what pods and nodes use now, as metrics-server answers. */
export function listMetrics(
  store: Store,
  backend: PodBackend | undefined,
  resource: ServedResource,
  { namespace, labelSelector }: { namespace?: string; labelSelector?: string },
): readonly object[] {
  if (!backend) {
    const message = 'the server is currently unable to handle the request';
    throw statusError(503, 'ServiceUnavailable', message);
  }
  const matches = parseLabelSelector(labelSelector ?? '');
  const objects = store
    .list(resource.plural === 'nodes' ? '/nodes' : '/pods')
    .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
    .filter(({ metadata }) => matches(metadata.labels ?? {}));
  const measure = resource.plural === 'nodes' ? nodeMetrics(store, backend) : podMetrics(backend);
  return objects.flatMap((object) => measure(object) ?? []);
}

export function getMetrics(
  store: Store,
  backend: PodBackend | undefined,
  resource: ServedResource,
  namespace: string | undefined,
  name: string,
): object {
  const found = listMetrics(store, backend, resource, { namespace }).find(
    (metrics) => (metrics as ApiObject).metadata.name === name,
  );
  if (!found) throw notFound(resource, name);
  return found;
}

function podMetrics(backend: PodBackend): (pod: ApiObject) => object | undefined {
  return (pod) => {
    const { name, namespace = '' } = pod.metadata;
    const usage = backend.usage(namespace, name);
    if (!usage) return undefined;
    return {
      kind: 'PodMetrics',
      apiVersion,
      ...heading(pod, usage),
      containers: usage.containers.map((container) => ({
        name: container.name,
        usage: usageText(container),
      })),
    };
  };
}

function nodeMetrics(store: Store, backend: PodBackend): (node: ApiObject) => object | undefined {
  return (node) => {
    const usages = store
      .list('/pods')
      .filter(({ spec }) => spec?.nodeName === node.metadata.name)
      .flatMap(({ metadata }) => backend.usage(metadata.namespace ?? '', metadata.name) ?? []);
    const [first] = usages;
    if (!first) return undefined;
    const containers = usages.flatMap((usage) => usage.containers);
    const total = {
      cpuCores: containers.reduce((sum, { cpuCores }) => sum + cpuCores, 0),
      memoryBytes: containers.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
    };
    return { kind: 'NodeMetrics', apiVersion, ...heading(node, first), usage: usageText(total) };
  };
}

function heading({ metadata }: ApiObject, { timestamp, windowMs }: PodUsage): object {
  const { name, namespace, labels } = metadata;
  return {
    metadata: { name, namespace, creationTimestamp: formatTime(timestamp), labels },
    timestamp: formatTime(timestamp),
    window: `${(windowMs / 1000).toFixed(3)}s`,
  };
}

function usageText({ cpuCores, memoryBytes }: { cpuCores: number; memoryBytes: number }): object {
  return {
    cpu: canonicalQuantity(`${Math.round(cpuCores * 1e9)}n`),
    memory: `${Math.ceil(memoryBytes / 1024)}Ki`,
  };
}
