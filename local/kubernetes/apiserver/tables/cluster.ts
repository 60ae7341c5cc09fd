import type {
  CoreV1Event,
  V1ConfigMap,
  V1Lease,
  V1Namespace,
  V1Node,
  V1Secret,
  V1ServiceAccount,
} from '@kubernetes/client-node';
import { age } from './cells.ts';
import type { TableKind } from './table.ts';
import { ageColumn, column, nameColumn } from './table.ts';

export const nodes: TableKind<V1Node> = {
  columns: [
    nameColumn,
    column('Status', 'The status of the node'),
    column('Roles', 'The roles of the node'),
    ageColumn,
    column('Version', 'core.v1.NodeSystemInfo#kubeletVersion'),
    column('Internal-IP', 'core.v1.NodeStatus#addresses', { wide: true }),
    column('External-IP', 'core.v1.NodeStatus#addresses', { wide: true }),
    column('OS-Image', 'core.v1.NodeSystemInfo#osImage', { wide: true }),
    column('Kernel-Version', 'core.v1.NodeSystemInfo#kernelVersion', { wide: true }),
    column('Container-Runtime', 'core.v1.NodeSystemInfo#containerRuntimeVersion', { wide: true }),
  ],
  cells: (node, now) => {
    const { metadata, status } = node;
    const info = status?.nodeInfo;
    return [
      metadata?.name,
      nodeStatus(node),
      roles(node) || '<none>',
      age(metadata?.creationTimestamp, now),
      info?.kubeletVersion,
      address(node, 'InternalIP'),
      address(node, 'ExternalIP'),
      info?.osImage || '<unknown>',
      info?.kernelVersion || '<unknown>',
      info?.containerRuntimeVersion || '<unknown>',
    ];
  },
};

export const namespaces: TableKind<V1Namespace> = {
  columns: [nameColumn, column('Status', 'The status of the namespace'), ageColumn],
  cells: ({ metadata, status }, now) => [
    metadata?.name,
    status?.phase,
    age(metadata?.creationTimestamp, now),
  ],
};

export const configMaps: TableKind<V1ConfigMap> = {
  columns: [nameColumn, column('Data', 'core.v1.ConfigMap#data'), ageColumn],
  cells: ({ metadata, data = {}, binaryData = {} }, now) => [
    metadata?.name,
    Object.keys(data).length + Object.keys(binaryData).length,
    age(metadata?.creationTimestamp, now),
  ],
};

export const secrets: TableKind<V1Secret> = {
  columns: [
    nameColumn,
    column('Type', 'core.v1.Secret#type'),
    column('Data', 'core.v1.Secret#data'),
    ageColumn,
  ],
  cells: ({ metadata, type, data = {} }, now) => [
    metadata?.name,
    type,
    Object.keys(data).length,
    age(metadata?.creationTimestamp, now),
  ],
};

export const serviceAccounts: TableKind<V1ServiceAccount> = {
  columns: [nameColumn, column('Secrets', 'core.v1.ServiceAccount#secrets'), ageColumn],
  cells: ({ metadata, secrets: held = [] }, now) => [
    metadata?.name,
    held.length,
    age(metadata?.creationTimestamp, now),
  ],
};

export const leases: TableKind<V1Lease> = {
  columns: [nameColumn, column('Holder', 'coordination.v1.LeaseSpec#holderIdentity'), ageColumn],
  cells: ({ metadata, spec }, now) => [
    metadata?.name,
    spec?.holderIdentity ?? '',
    age(metadata?.creationTimestamp, now),
  ],
};

export const events: TableKind<CoreV1Event> = {
  columns: [
    column('Last Seen', 'Time when the event was last observed'),
    column('Type', 'core.v1.Event#type'),
    column('Reason', 'core.v1.Event#reason'),
    column('Object', 'core.v1.Event#involvedObject'),
    column('Subobject', 'core.v1.ObjectReference#fieldPath', { wide: true }),
    column('Source', 'core.v1.Event#source', { wide: true }),
    column('Message', 'core.v1.Event#message'),
    column('First Seen', 'core.v1.Event#firstTimestamp', { wide: true }),
    column('Count', 'core.v1.Event#count', { wide: true }),
    column('Name', 'apimachinery.pkg.apis.meta.v1.ObjectMeta#name', { wide: true }),
  ],
  cells: (event, now) => {
    const first = event.firstTimestamp ?? event.eventTime;
    const last = event.series?.lastObservedTime ?? event.lastTimestamp ?? first;
    const { kind = '', name = '', fieldPath = '' } = event.involvedObject;
    const source = [event.source?.component ?? event.reportingComponent ?? '', event.source?.host ?? ''];
    return [
      age(last, now),
      event.type,
      event.reason,
      `${kind.toLowerCase()}/${name}`,
      fieldPath,
      source.filter((text) => text !== '').join(', '),
      event.message?.trim(),
      age(first, now),
      event.series?.count ?? event.count ?? 1,
      event.metadata.name,
    ];
  },
};

function nodeStatus({ spec, status }: V1Node): string {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  const text = ready === undefined ? 'Unknown' : ready === 'True' ? 'Ready' : 'NotReady';
  return spec?.unschedulable ? `${text},SchedulingDisabled` : text;
}

const rolePrefix = 'node-role.kubernetes.io/';

function roles({ metadata }: V1Node): string {
  return Object.entries(metadata?.labels ?? {})
    .flatMap(([key, value]) => {
      if (key.startsWith(rolePrefix)) return [key.slice(rolePrefix.length)];
      return key === 'kubernetes.io/role' && value !== '' ? [value] : [];
    })
    .sort()
    .join(',');
}

function address({ status }: V1Node, wanted: string): string {
  return status?.addresses?.find(({ type }) => type === wanted)?.address ?? '<none>';
}
