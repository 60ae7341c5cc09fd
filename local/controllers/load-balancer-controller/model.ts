import { createHash } from 'node:crypto';
import type { V1Ingress, V1IngressBackend, V1Service } from '@kubernetes/client-node';
import type { Annotations } from './annotations.ts';
import { annotationsOf } from './annotations.ts';

/** What one Ingress asks of AWS: decided here, without a call. */
export interface LoadBalancerModel {
  readonly namespace: string;
  readonly ingress: string;
  readonly name: string;
  readonly scheme: 'internet-facing' | 'internal';
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly webAclArn?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly targetGroups: readonly TargetGroupModel[];
  readonly listeners: readonly ListenerModel[];
}

export interface TargetGroupModel {
  readonly name: string;
  readonly service: string;
  readonly servicePort: number | string;
  /** What the pods listen on: a number, or the name of a container port. */
  readonly targetPort: number | string;
  readonly protocol: 'HTTP' | 'HTTPS';
  readonly attributes: Readonly<Record<string, string>>;
  readonly healthCheck: {
    readonly path: string;
    readonly intervalSeconds: number;
    readonly timeoutSeconds: number;
    readonly healthyThreshold: number;
    readonly unhealthyThreshold: number;
    readonly matcher: string;
  };
}

export interface ListenerModel {
  readonly port: number;
  readonly protocol: 'HTTP' | 'HTTPS';
  readonly certificateArns: readonly string[];
  readonly sslPolicy?: string;
  readonly rules: readonly RuleModel[];
}

export interface RuleModel {
  readonly hosts: readonly string[];
  readonly paths: readonly string[];
  readonly action: { readonly redirectToPort: number } | { readonly targetGroup: string };
}

export interface ModelInput {
  readonly ingress: V1Ingress;
  readonly clusterName: string;
  service(namespace: string, name: string): V1Service | undefined;
}

export function modelOf({ ingress, clusterName, service }: ModelInput): LoadBalancerModel {
  const namespace = ingress.metadata?.namespace ?? 'default';
  const name = ingress.metadata?.name ?? '';
  const annotations = annotationsOf(ingress);
  refuse(annotations);
  const groups = new Map<string, TargetGroupModel>();
  const groupOf = (backend: V1IngressBackend): string => {
    const group = targetGroupOf(backend, { namespace, name, clusterName, annotations, service });
    groups.set(group.name, group);
    return group.name;
  };
  const rules = rulesOf(ingress, groupOf);
  return {
    namespace,
    ingress: name,
    name: generatedName([namespace, name], [clusterName, namespace, name, scheme(annotations)]),
    scheme: scheme(annotations),
    subnets: annotations.list('subnets'),
    securityGroups: annotations.list('security-groups'),
    attributes: annotations.map('load-balancer-attributes'),
    webAclArn: annotations.text('wafv2-acl-arn'),
    tags: {
      'elbv2.k8s.aws/cluster': clusterName,
      'ingress.k8s.aws/stack': `${namespace}/${name}`,
      'ingress.k8s.aws/resource': 'LoadBalancer',
    },
    targetGroups: [...groups.values()],
    listeners: listenersOf(annotations, rules),
  };
}

/** Controller's scheme: `k8s-<namespace>-<name>-<hash>`, 32 characters at most. */
export function generatedName(
  [namespace, name]: readonly [string, string],
  hashed: readonly string[],
): string {
  const hash = createHash('sha256').update(hashed.join('\0')).digest('hex').slice(0, 10);
  const short = (text: string) => text.replace(/[^a-z0-9]/gi, '').slice(0, 8);
  return `k8s-${short(namespace)}-${short(name)}-${hash}`;
}

function scheme(annotations: Annotations): LoadBalancerModel['scheme'] {
  const value = annotations.text('scheme') ?? 'internal';
  if (value !== 'internal' && value !== 'internet-facing')
    throw new TypeError(`Cannot use scheme "${value}": expected "internal" or "internet-facing"`);
  return value;
}

function refuse(annotations: Annotations): void {
  const type = annotations.text('target-type') ?? 'instance';
  if (type !== 'ip')
    throw new TypeError(`Cannot use target-type "${type}": this cluster's pods are reached by "ip"`);
}

function rulesOf({ spec }: V1Ingress, groupOf: (backend: V1IngressBackend) => string): readonly RuleModel[] {
  const rules = (spec?.rules ?? []).flatMap(({ host, http }) =>
    (http?.paths ?? []).map(({ path, pathType, backend }) => ({
      hosts: host ? [host] : [],
      paths: pathPatterns(path ?? '/', pathType),
      action: { targetGroup: groupOf(backend) },
    })),
  );
  const byDefault = spec?.defaultBackend;
  return byDefault
    ? [...rules, { hosts: [], paths: [], action: { targetGroup: groupOf(byDefault) } }]
    : rules;
}

function pathPatterns(path: string, type: string): readonly string[] {
  if (type === 'Exact') return [path];
  if (type !== 'Prefix') return path === '/*' ? [] : [path];
  if (path === '/') return [];
  const base = path.replace(/\/$/, '');
  return [base, `${base}/*`];
}

function listenersOf(annotations: Annotations, rules: readonly RuleModel[]): readonly ListenerModel[] {
  const certificateArns = annotations.list('certificate-arn');
  const declared = annotations.json('listen-ports') as readonly Record<string, number>[] | undefined;
  const ports = declared ?? [certificateArns.length > 0 ? { HTTPS: 443 } : { HTTP: 80 }];
  const redirect = annotations.text('ssl-redirect');
  return ports.flatMap((entry) =>
    Object.entries(entry).map(([protocol, port]) => {
      if (protocol !== 'HTTP' && protocol !== 'HTTPS')
        throw new TypeError(`Cannot listen by "${protocol}": expected "HTTP" or "HTTPS" in listen-ports`);
      const redirects = protocol === 'HTTP' && redirect !== undefined;
      return {
        port,
        protocol,
        certificateArns: protocol === 'HTTPS' ? certificateArns : [],
        sslPolicy:
          protocol === 'HTTPS' ? (annotations.text('ssl-policy') ?? 'ELBSecurityPolicy-2016-08') : undefined,
        rules: redirects ? [{ hosts: [], paths: [], action: { redirectToPort: Number(redirect) } }] : rules,
      } satisfies ListenerModel;
    }),
  );
}

function targetGroupOf(
  backend: V1IngressBackend,
  context: {
    readonly namespace: string;
    readonly name: string;
    readonly clusterName: string;
    readonly annotations: Annotations;
    service(namespace: string, name: string): V1Service | undefined;
  },
): TargetGroupModel {
  const { namespace, name: ingress, clusterName, annotations } = context;
  const { name = '', port } = backend.service ?? {};
  const servicePort = port?.number ?? port?.name ?? 80;
  const service = context.service(namespace, name);
  if (!service) throw new TypeError(`Cannot build target group: service "${namespace}/${name}" not found`);
  const found = service.spec?.ports?.find(
    (entry) => entry.port === servicePort || entry.name === servicePort,
  );
  if (!found)
    throw new TypeError(
      `Cannot build target group: service "${namespace}/${name}" has no port ${servicePort}`,
    );
  const number = (key: string, otherwise: number) => Number(annotations.text(key) ?? otherwise);
  return {
    name: generatedName([namespace, name], [clusterName, namespace, ingress, name, String(servicePort)]),
    service: name,
    servicePort,
    targetPort: found.targetPort ?? found.port,
    protocol: (annotations.text('backend-protocol') ?? 'HTTP') === 'HTTPS' ? 'HTTPS' : 'HTTP',
    attributes: annotations.map('target-group-attributes'),
    // The controller's own defaults (reference §5).
    healthCheck: {
      path: annotations.text('healthcheck-path') ?? '/',
      intervalSeconds: number('healthcheck-interval-seconds', 15),
      timeoutSeconds: number('healthcheck-timeout-seconds', 5),
      healthyThreshold: number('healthy-threshold-count', 2),
      unhealthyThreshold: number('unhealthy-threshold-count', 2),
      matcher: annotations.text('success-codes') ?? '200',
    },
  };
}
