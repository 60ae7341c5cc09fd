import type {
  V1EndpointSlice,
  V1Endpoints,
  V1Ingress,
  V1IngressClass,
  V1Service,
  V1ServicePort,
} from '@kubernetes/client-node';
import type { ApiObject } from '../json.ts';
import { age, labelsText, shortList } from './cells.ts';
import type { TableKind } from './table.ts';
import { ageColumn, column, nameColumn } from './table.ts';

export const services: TableKind<V1Service> = {
  columns: [
    nameColumn,
    column('Type', 'core.v1.ServiceSpec#type'),
    column('Cluster-IP', 'core.v1.ServiceSpec#clusterIP'),
    column('External-IP', 'core.v1.ServiceSpec#externalIPs'),
    column('Port(s)', 'core.v1.ServiceSpec#ports'),
    ageColumn,
    column('Selector', 'core.v1.ServiceSpec#selector', { wide: true }),
  ],
  cells: (service, now) => [
    service.metadata?.name,
    service.spec?.type,
    service.spec?.clusterIP || '<none>',
    externalAddress(service),
    (service.spec?.ports ?? []).map(portText).join(',') || '<none>',
    age(service.metadata?.creationTimestamp, now),
    labelsText(service.spec?.selector),
  ],
};

export const ingresses: TableKind<V1Ingress> = {
  columns: [
    nameColumn,
    column('Class', 'The name of the IngressClass resource that should be used for additional configuration'),
    column('Hosts', 'Hosts that incoming requests are matched against before the ingress rule'),
    column('Address', 'Address is a list containing ingress points for the load-balancer'),
    column('Ports', 'Ports of TLS configurations that open'),
    ageColumn,
  ],
  cells: ({ metadata, spec, status }, now) => {
    const hosts = (spec?.rules ?? []).flatMap(({ host }) => (host ? [host] : []));
    return [
      metadata?.name,
      spec?.ingressClassName ?? '<none>',
      hosts.length > 0 ? shortList(hosts) : '*',
      loadBalancerText(status?.loadBalancer),
      spec?.tls?.length ? '80, 443' : '80',
      age(metadata?.creationTimestamp, now),
    ];
  },
};

export const ingressClasses: TableKind<V1IngressClass> = {
  columns: [
    nameColumn,
    column('Controller', 'Controller that is responsible for handling this class'),
    column('Parameters', 'A reference to a resource with additional parameters'),
    ageColumn,
  ],
  cells: ({ metadata, spec }, now) => {
    const parameters = spec?.parameters;
    const kind = parameters?.apiGroup ? `${parameters.kind}.${parameters.apiGroup}` : parameters?.kind;
    return [
      metadata?.name,
      spec?.controller,
      parameters ? `${kind}/${parameters.name}` : '<none>',
      age(metadata?.creationTimestamp, now),
    ];
  },
};

export const endpoints: TableKind<V1Endpoints> = {
  columns: [nameColumn, column('Endpoints', 'core.v1.Endpoints#subsets'), ageColumn],
  cells: ({ metadata, subsets = [] }, now) => {
    const all = subsets.flatMap(({ addresses = [], ports = [] }) =>
      addresses.flatMap(({ ip }) => (ports.length > 0 ? ports.map(({ port }) => `${ip}:${port}`) : [ip])),
    );
    return [metadata?.name, shortList(all) || '<none>', age(metadata?.creationTimestamp, now)];
  },
};

export const endpointSlices: TableKind<V1EndpointSlice> = {
  columns: [
    nameColumn,
    column('AddressType', 'discovery.v1.EndpointSlice#addressType'),
    column('Ports', 'discovery.v1.EndpointSlice#ports'),
    column('Endpoints', 'discovery.v1.EndpointSlice#endpoints'),
    ageColumn,
  ],
  cells: ({ metadata, addressType, ports = [], endpoints: all = [] }, now) => {
    const addresses = (all ?? []).flatMap((endpoint) => endpoint.addresses);
    return [
      metadata?.name,
      addressType,
      shortList((ports ?? []).map(({ port, name }) => String(port ?? name ?? '*'))) || '<unset>',
      shortList(addresses) || '<unset>',
      age(metadata?.creationTimestamp, now),
    ];
  },
};

/** The printer columns of the controller's CRD. */
export const targetGroupBindings: TableKind = {
  columns: [
    nameColumn,
    column('Service-Name', "The Kubernetes Service's name"),
    column('Service-Port', "The Kubernetes Service's port"),
    column('Target-Type', "The AWS TargetGroup's TargetType"),
    column('ARN', "The AWS TargetGroup's Amazon Resource Name", { wide: true }),
    ageColumn,
  ],
  cells: ({ metadata, spec = {} }: ApiObject, now) => {
    const reference = spec.serviceRef as { name?: string; port?: number | string } | undefined;
    return [
      metadata.name,
      reference?.name,
      String(reference?.port ?? ''),
      spec.targetType,
      spec.targetGroupARN,
      age(metadata.creationTimestamp, now),
    ];
  },
};

function portText({ port, nodePort, protocol }: V1ServicePort): string {
  return nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`;
}

function externalAddress({ spec, status }: V1Service): string {
  const given = spec?.externalIPs ?? [];
  if (spec?.type === 'ExternalName') return spec.externalName ?? '';
  if (spec?.type === 'LoadBalancer') {
    const balancer = loadBalancerText(status?.loadBalancer);
    return [balancer, ...given].filter((text) => text !== '').join(',') || '<pending>';
  }
  return given.join(',') || '<none>';
}

function loadBalancerText(
  balancer: { ingress?: readonly { ip?: string; hostname?: string }[] } | undefined,
): string {
  return (balancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? '').join(',');
}
