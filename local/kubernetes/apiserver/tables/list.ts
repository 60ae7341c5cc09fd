import { storedAs, toStored } from '../conversions.ts';
import type { ApiObject } from '../json.ts';
import type { ServedResource } from '../resources.ts';
import * as cluster from './cluster.ts';
import * as networking from './networking.ts';
import { pods } from './pods.ts';
import * as policy from './policy.ts';
import type { TableKind } from './table.ts';
import { column, nameColumn } from './table.ts';
import * as workloads from './workloads.ts';

/** By stored resource; whatever is not here has the two columns of a server that knows nothing of the kind. */
const tables = {
  '/configmaps': cluster.configMaps,
  '/endpoints': networking.endpoints,
  '/events': cluster.events,
  '/namespaces': cluster.namespaces,
  '/nodes': cluster.nodes,
  '/pods': pods,
  '/secrets': cluster.secrets,
  '/serviceaccounts': cluster.serviceAccounts,
  '/services': networking.services,
  'apps/deployments': workloads.deployments,
  'apps/replicasets': workloads.replicaSets,
  'autoscaling/horizontalpodautoscalers': policy.horizontalPodAutoscalers,
  'batch/cronjobs': workloads.cronJobs,
  'batch/jobs': workloads.jobs,
  'coordination.k8s.io/leases': cluster.leases,
  'discovery.k8s.io/endpointslices': networking.endpointSlices,
  'networking.k8s.io/ingressclasses': networking.ingressClasses,
  'networking.k8s.io/ingresses': networking.ingresses,
  'policy/poddisruptionbudgets': policy.podDisruptionBudgets,
  'elbv2.k8s.aws/targetgroupbindings': networking.targetGroupBindings,
};

const plain: TableKind = {
  columns: [
    nameColumn,
    column('Created At', 'apimachinery.pkg.apis.meta.v1.ObjectMeta#creationTimestamp', { type: 'date' }),
  ],
  cells: ({ metadata }) => [metadata.name, metadata.creationTimestamp],
};

export interface TableOptions {
  readonly metadata: object;
  /** `None`, `Metadata` or `Object`: how much of each object comes with its row. */
  readonly includeObject: string;
  readonly now: Date;
  /** Rows of a watch after the first come without them. */
  readonly withoutColumns?: boolean;
}

/** Objects as a `Table`, which is what kubectl prints. */
export function toTable(
  resource: ServedResource,
  objects: readonly ApiObject[],
  { metadata, includeObject, now, withoutColumns }: TableOptions,
): object {
  const { group, plural } = storedAs(resource);
  const known = (tables as unknown as Record<string, TableKind>)[`${group}/${plural}`] ?? plain;
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: withoutColumns ? [] : known.columns,
    rows: objects.map((object) => ({
      cells: known.cells(toStored(resource, object), now).map((cell) => cell ?? ''),
      ...(includeObject !== 'None' && {
        object: includeObject === 'Object' ? object : toPartialMetadata(object),
      }),
    })),
  };
}

export function toPartialMetadata({ metadata }: ApiObject): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}
