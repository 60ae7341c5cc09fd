import { release } from 'node:os';
import type { V1Lease, V1Node, V1NodeCondition } from '@kubernetes/client-node';
import { findCondition, withCondition } from '../conditions.ts';
import { resources } from '../resources.ts';
import { microStamp, stamp } from '../timestamps.ts';
import type { NodeContext } from './kubelet-context.ts';

/** `nodeLeaseDurationSeconds` is 40; renewed each quarter of it. */
const leaseSeconds = 40;
const version = 'v1.33.5-eks-113cf36';

/** Makes the Node object, or finds its own after a reboot, and reports to the API until the signal aborts. */
export async function registerNode(context: NodeContext, signal: AbortSignal): Promise<void> {
  const { api, clock, node } = context;
  const known = api.get<V1Node>(resources.nodes, undefined, node.name);
  if (known) await reportReboot(context, known);
  else await create(context);
  clock.every(leaseSeconds * 250, () => report(context), signal);
}

async function create(context: NodeContext): Promise<void> {
  const { api, clock, node } = context;
  const created = await api.create<V1Node>(resources.nodes, nodeObject(context));
  await api.create<V1Lease>(resources.leases, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: node.name,
      namespace: 'kube-node-lease',
      ownerReferences: [
        { apiVersion: 'v1', kind: 'Node', name: node.name, uid: created.metadata?.uid ?? '' },
      ],
    },
    spec: {
      holderIdentity: node.name,
      leaseDurationSeconds: leaseSeconds,
      renewTime: microStamp(clock.now()),
    },
  });
}

async function reportReboot(context: NodeContext, known: V1Node): Promise<void> {
  const { api, random, node, events } = context;
  const bootID = random.uuid();
  const status = { conditions: readyConditions(context, known), nodeInfo: { bootID } };
  await api.patch(resources.nodes, undefined, node.name, { status }, 'status');
  await renewLease(context);
  events.warning(known, 'Rebooted', `Node ${node.name} has been rebooted, boot id: ${bootID}`);
  events.normal(known, 'NodeReady', `Node ${node.name} status is now: NodeReady`);
}

/** `nodeStatusUpdateFrequency` is a quarter of the lease too. */
async function report(context: NodeContext): Promise<void> {
  const { api, node } = context;
  await renewLease(context);
  const known = api.get<V1Node>(resources.nodes, undefined, node.name);
  if (!known || findCondition(known.status?.conditions, 'Ready')?.status === 'True') return;
  const status = { conditions: readyConditions(context, known) };
  await api.patch(resources.nodes, undefined, node.name, { status }, 'status');
}

async function renewLease({ api, clock, node }: NodeContext): Promise<void> {
  if (!api.get(resources.leases, 'kube-node-lease', node.name)) return;
  const spec = { renewTime: microStamp(clock.now()) };
  await api.patch(resources.leases, 'kube-node-lease', node.name, { spec });
}

function readyConditions({ clock }: NodeContext, { status }: V1Node): V1NodeCondition[] {
  const now = clock.now();
  return healthyConditions(now).reduce<V1NodeCondition[]>(
    (all, condition) => withCondition(all, condition, now),
    [...(status?.conditions ?? [])],
  );
}

function nodeObject({ clock, random, node }: NodeContext): V1Node {
  const region = node.zone.replace(/[a-z]$/, '');
  const resourcesOf = (memoryBytes: number): Record<string, string> => ({
    cpu: String(node.cpu),
    memory: `${Math.floor(memoryBytes / 1024)}Ki`,
    pods: '110',
  });
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: node.name,
      labels: {
        'kubernetes.io/hostname': node.name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'node.kubernetes.io/instance-type': node.instanceType,
        'topology.kubernetes.io/region': region,
        'topology.kubernetes.io/zone': node.zone,
      },
    },
    spec: { providerID: `aws:///${node.zone}/i-${random.hex(17)}` },
    status: {
      capacity: resourcesOf(node.memoryBytes),
      allocatable: resourcesOf(node.memoryBytes),
      addresses: [
        { type: 'InternalIP', address: node.address },
        { type: 'Hostname', address: node.name },
      ],
      conditions: healthyConditions(clock.now()),
      nodeInfo: {
        architecture: 'amd64',
        operatingSystem: 'linux',
        osImage: 'Stormproof embedded node',
        kernelVersion: release(),
        containerRuntimeVersion: 'process://1',
        kubeletVersion: version,
        kubeProxyVersion: version,
        machineID: random.hex(32),
        systemUUID: random.uuid(),
        bootID: random.uuid(),
      },
    },
  };
}

function healthyConditions(now: Date): V1NodeCondition[] {
  const at = { lastHeartbeatTime: stamp(now), lastTransitionTime: stamp(now) };
  const pressures = [
    ['MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    ['DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    ['PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ] as const;
  return [
    ...pressures.map(([type, reason, message]) => ({ type, status: 'False', reason, message, ...at })),
    {
      type: 'Ready',
      status: 'True',
      reason: 'KubeletReady',
      message: 'kubelet is posting ready status',
      ...at,
    },
  ];
}
