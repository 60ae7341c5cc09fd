import type { Outsider, Seen } from './outsider.ts';

/** What an outsider sees of a fault: it says whether it is there. */
export type Observation = (
  outsider: Outsider,
) => Promise<{ readonly broken: boolean; readonly seen: unknown }>;

const uncached = () => `/api/v1/whoami?outsider=${crypto.randomUUID()}`;
const namespace = ['-n', 'artifacthub'];
const target = ['deployment', 'hub'];

/** By the fault's name. Each looks another way than the fault's own proof, or with another's eyes. */
export const configurationObservations: Readonly<Record<string, Observation>> = {
  'edge-configuration-changed': async ({ viewer, edge }) => {
    const [seen, behind] = [await viewer(uncached()), await edge(uncached())];
    return { broken: statusOf(seen) === 404 && statusOf(behind) === 200, seen: [seen, behind].map(statusOf) };
  },
  'origin-wrong-certificate': async ({ presented }) => {
    const seen = await presented();
    return { broken: typeof seen === 'object' && seen.names.includes('wrong-name.invalid'), seen };
  },
  'origin-answers-5xx': async ({ edge }) => {
    const seen = await edge(uncached());
    return { broken: statusOf(seen) === 503 && has(seen, 'server: awselb/2.0'), seen };
  },
  'waf-counts-instead-of-blocking': async ({ viewer }) => {
    const seen = await viewer('/.env');
    return { broken: !has(seen, 'server: cloudfront'), seen };
  },
  'waf-detached': async ({ viewer }) => {
    const seen = await viewer(uncached());
    return { broken: statusOf(seen) === 200 && !says(seen, 'x-amzn-waf-stormproof-edge'), seen };
  },
  'load-balancer-waf-detached': async ({ edge }) => {
    const seen = await edge(uncached());
    return { broken: statusOf(seen) === 200 && !says(seen, 'x-amzn-waf-stormproof-alb'), seen };
  },
  'load-balancer-security-group-closed': async ({ presented }) => {
    const seen = await presented();
    return { broken: seen === 'no answer', seen };
  },
  'load-balancer-idle-timeout-shortened': async ({ idleWallMs }) => {
    const seen = await idleWallMs();
    // 60 s of stack time are 6 s of the wall, and 1 s is the least that real I/O gets.
    return { broken: seen < 3000, seen };
  },
  'certificate-expired': async ({ presented }) => {
    const seen = await presented();
    return { broken: typeof seen === 'object' && Date.parse(seen.notAfter) < Date.now(), seen };
  },
  'database-password-rotated': async ({ psql }) => {
    const seen = await psql();
    return { broken: seen.includes('password authentication failed'), seen };
  },
  'database-login-revoked': async ({ psql }) => {
    const seen = await psql();
    return { broken: seen.includes('permission denied for database'), seen };
  },
  'workload-crash-loops': async (outsider) => {
    const seen = await waitingReasons(outsider);
    return { broken: seen.some((reason) => /CrashLoopBackOff|RunContainerError/.test(reason)), seen };
  },
  'workload-image-missing': async (outsider) => {
    const seen = await waitingReasons(outsider);
    return { broken: seen.some((reason) => /ErrImagePull|ImagePullBackOff/.test(reason)), seen };
  },
  'workload-scaled-to-zero': async ({ kubectl }) => {
    const { spec, status } = (await kubectl('get', ...target, ...namespace)) as DeploymentLike;
    return {
      broken: spec.replicas === 0 && !status.readyReplicas,
      seen: [spec.replicas, status.readyReplicas],
    };
  },
  'target-deregistered': async ({ kubectl, aws }) => {
    const out = await items(kubectl, '-l', 'app.kubernetes.io/name=hub-taken-out');
    const registered = await targets(aws);
    const addresses = out.map(({ status }) => status.podIP ?? '');
    const broken = out.length === 1 && addresses.every((address) => registered[address] !== 'healthy');
    return { broken, seen: { addresses, registered } };
  },
  'node-cordoned': async (outsider) => {
    const seen = await cordonedNodes(outsider);
    return { broken: seen.length === 1, seen };
  },
  'node-drained': async (outsider) => {
    const seen = await cordonedNodes(outsider);
    const on = (await items(outsider.kubectl)).map(({ spec }) => spec.nodeName);
    return { broken: seen.length === 1 && !on.includes(seen[0] ?? ''), seen: { seen, on } };
  },
};

interface DeploymentLike {
  readonly spec: { readonly replicas?: number };
  readonly status: { readonly readyReplicas?: number };
}

export interface PodLike {
  readonly metadata: { readonly uid: string; readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly podIP?: string;
    readonly containerStatuses?: readonly {
      readonly ready: boolean;
      readonly restartCount: number;
      readonly state: { readonly waiting?: { readonly reason: string } };
    }[];
  };
}

/** The workload's pods, unless another label is asked for. */
export async function items(
  kubectl: Outsider['kubectl'],
  ...selector: readonly string[]
): Promise<readonly PodLike[]> {
  const chosen = selector.length > 0 ? selector : ['-l', 'app.kubernetes.io/name=hub'];
  return ((await kubectl('get', 'pods', ...namespace, ...chosen)) as { items: PodLike[] }).items;
}

async function waitingReasons({ kubectl }: Outsider): Promise<readonly string[]> {
  return (await items(kubectl)).flatMap(({ status }) =>
    (status.containerStatuses ?? []).flatMap(({ state }) => state.waiting?.reason ?? []),
  );
}

async function cordonedNodes({ kubectl }: Outsider): Promise<readonly string[]> {
  const { items: nodes } = (await kubectl('get', 'nodes')) as {
    items: { metadata: { name: string }; spec: { unschedulable?: boolean } }[];
  };
  return nodes.filter(({ spec }) => spec.unschedulable).map(({ metadata }) => metadata.name);
}

async function targets(aws: Outsider['aws']): Promise<Readonly<Record<string, string>>> {
  const { TargetGroups } = (await aws('elbv2', 'describe-target-groups')) as {
    TargetGroups: { TargetGroupArn: string }[];
  };
  const health = await Promise.all(
    TargetGroups.map(({ TargetGroupArn }) =>
      aws('elbv2', 'describe-target-health', '--target-group-arn', TargetGroupArn),
    ),
  );
  const all = health.flatMap(
    (answer) =>
      (answer as { TargetHealthDescriptions: { Target: { Id: string }; TargetHealth: { State: string } }[] })
        .TargetHealthDescriptions,
  );
  return Object.fromEntries(all.map(({ Target, TargetHealth }) => [Target.Id, TargetHealth.State]));
}

function statusOf(seen: Seen): number | string {
  return typeof seen === 'string' ? seen : seen.status;
}

function has(seen: Seen, line: string): boolean {
  return typeof seen === 'object' && seen.head.includes(line);
}

function says(seen: Seen, text: string): boolean {
  return typeof seen === 'object' && seen.body.includes(text);
}
