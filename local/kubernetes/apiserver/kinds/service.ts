import type { V1Service, V1ServiceSpec } from '@kubernetes/client-node';
import type { Random } from '../../../base/random.ts';
import { validateService, validateServiceUpdate } from '../validation/networking.ts';
import type { Kind, KindContext } from './kind.ts';

const services = { group: '', version: 'v1', plural: 'services' };

/** EKS gives services addresses from 10.100.0.0/16 when the VPC is not in 10.0.0.0/8 (EKS User Guide, "ServiceIpv4Cidr"). */
const serviceNetwork = '10.100';
const nodePortRange = { first: 30_000, count: 2768 };

export const service: Kind<V1Service> = {
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  defaults: ({ spec }) => {
    if (spec) defaultService(spec);
  },
  prepareCreate: (object, context) => {
    object.status = { loadBalancer: {} };
    if (object.spec) allocate(object.spec, context);
  },
  prepareUpdate: (object, old, context) => {
    if (!object.spec) return;
    // The addresses of a service stay with it when an update does not name them.
    if (object.spec.type !== 'ExternalName') {
      object.spec.clusterIP ??= old.spec?.clusterIP;
      object.spec.clusterIPs ??= old.spec?.clusterIPs;
    }
    for (const port of object.spec.ports ?? []) {
      port.nodePort ??= old.spec?.ports?.find(({ port: number }) => number === port.port)?.nodePort;
    }
    allocate(object.spec, context);
  },
};

function defaultService(spec: V1ServiceSpec): void {
  spec.sessionAffinity ??= 'None';
  if (spec.sessionAffinity === 'ClientIP') {
    spec.sessionAffinityConfig ??= { clientIP: { timeoutSeconds: 10_800 } };
  }
  spec.type ??= 'ClusterIP';
  for (const port of spec.ports ?? []) {
    port.protocol ??= 'TCP';
    // Zero and the empty string are Go's way to say that it is absent.
    port.targetPort ||= port.port;
  }
  if (exposed(spec)) spec.externalTrafficPolicy ??= 'Cluster';
  if (spec.type !== 'ExternalName') {
    spec.internalTrafficPolicy ??= 'Cluster';
    spec.ipFamilies ??= ['IPv4'];
    spec.ipFamilyPolicy ??= 'SingleStack';
  }
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
}

function exposed({ type }: V1ServiceSpec): boolean {
  return type === 'NodePort' || type === 'LoadBalancer';
}

function allocate(spec: V1ServiceSpec, context: KindContext): void {
  if (spec.type === 'ExternalName') return;
  const held = context.list(services).map((other) => other.spec as V1ServiceSpec | undefined);
  spec.clusterIP ??= freeAddress(context.random, new Set(held.map((other) => other?.clusterIP)));
  spec.clusterIPs ??= [spec.clusterIP];
  if (!exposed(spec)) return;
  const ports = new Set(held.flatMap((other) => other?.ports ?? []).map(({ nodePort }) => nodePort));
  for (const port of spec.ports ?? []) {
    port.nodePort ??= freeNodePort(context.random, ports);
    ports.add(port.nodePort);
  }
}

function freeAddress(random: Random, taken: ReadonlySet<string | undefined>): string {
  for (;;) {
    const address = `${serviceNetwork}.${random.below(256)}.${1 + random.below(254)}`;
    if (!taken.has(address)) return address;
  }
}

function freeNodePort(random: Random, taken: ReadonlySet<number | undefined>): number {
  for (;;) {
    const port = nodePortRange.first + random.below(nodePortRange.count);
    if (!taken.has(port)) return port;
  }
}
