import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { V1Pod } from '@kubernetes/client-node';
import { KubeConfig } from '@kubernetes/client-node';
import type { CertificateAuthority } from '../base/certificates.ts';
import type { Clock } from '../base/clock.ts';
import type { Lifeline } from '../base/lifeline.ts';
import type { LoopbackBlock } from '../base/loopback.ts';
import { addressGroups } from '../base/loopback.ts';
import type { Breakable, NodeFault, PodFault } from '../base/plane-fault.ts';
import type { Random } from '../base/random.ts';
import { startLoadBalancerController } from '../controllers/load-balancer-controller/controller.ts';
import type { AwsClients } from '../controllers/load-balancer-controller/reconcile-load-balancer.ts';
import { startLogShipper } from '../controllers/log-shipper.ts';
import { startKubernetes } from '../kubernetes/cluster.ts';
import { createImages } from './images.ts';
import type { SmallCloudOptions } from './options.ts';
import { createPodAddresses } from './pod-addresses.ts';

export interface ClusterOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly options: SmallCloudOptions;
  readonly host: string;
  readonly authority: CertificateAuthority;
  readonly adminToken: string;
  readonly block: LoopbackBlock;
  readonly lifeline: Lifeline;
  readonly dnsServer: { readonly address: string; readonly port: number };
  /** The registry's digest of an image reference; undefined when it has no such image. */
  readonly resolveDigest: (reference: string) => string | undefined;
  readonly lokiUrl: string;
  readonly aws: AwsClients & { readonly logs: CloudWatchLogsClient };
  readonly signal: AbortSignal;
}

export interface ComposedCluster extends AsyncDisposable {
  readonly url: string;
  readonly caPem: string;
  readonly pods: Breakable<PodFault>;
  readonly nodes: Breakable<NodeFault>;
  withholdTargetsFromNew(on: boolean): void;
}

/** The cluster with what runs beside its API: load balancer controller and log agent. */
export async function startCluster(parts: ClusterOptions): Promise<ComposedCluster> {
  const { clock, random, options, host, authority, adminToken, block, lifeline, signal } = parts;
  const addresses = createPodAddresses(block);
  const imageOf = createImages({ ...options, resolveDigest: parts.resolveDigest });
  let injectGates = (pod: V1Pod): V1Pod => pod;
  const shipper = startLogShipper({
    clock,
    lokiUrl: parts.lokiUrl,
    logs: parts.aws.logs,
    logGroupName: options.logGroupName,
    excludes: ({ namespace, pod }) =>
      kubernetes.api.get<V1Pod>({ group: '', version: 'v1', plural: 'pods' }, namespace, pod)?.metadata
        ?.annotations?.['fluentbit.io/exclude'] === 'true',
    signal,
  });
  const kubernetes = await startKubernetes({
    clock,
    random,
    host,
    port: 6443,
    authority,
    adminToken,
    nodes: nodesOf(options, block),
    allocatePodAddress: addresses.allocate,
    releasePodAddress: addresses.release,
    resolveImage: async (reference) => imageOf(reference),
    onLogLine: (line) => shipper.take(line),
    dnsServer: parts.dnsServer,
    onProcess: (pid) => lifeline.hold(pid),
    onProcessExit: (pid) => lifeline.release(pid),
    admitPod: (pod) => injectGates(pod),
    signal,
  });
  const config = new KubeConfig();
  config.loadFromOptions(kubeconfigOf(kubernetes, adminToken));
  const controller = await startLoadBalancerController({
    config,
    aws: parts.aws,
    clock,
    clusterName: options.clusterName,
    signal,
  });
  injectGates = controller.injectGates;
  return {
    url: kubernetes.url,
    caPem: kubernetes.caPem,
    pods: kubernetes.pods,
    nodes: kubernetes.nodes,
    withholdTargetsFromNew: (on) => controller.withholdTargetsFromNew(on),
    [Symbol.asyncDispose]: () => kubernetes[Symbol.asyncDispose]() as Promise<void>,
  };
}

const zoneGroups = ['a', 'b', 'c'] as const;
const sizes: Record<string, { readonly cpu: number; readonly memoryBytes: number }> = {
  'm5.large': { cpu: 2, memoryBytes: 8 * 2 ** 30 },
  'm5.xlarge': { cpu: 4, memoryBytes: 16 * 2 ** 30 },
  'm5.2xlarge': { cpu: 8, memoryBytes: 32 * 2 ** 30 },
};

function nodesOf({ nodes, region }: SmallCloudOptions, block: LoopbackBlock) {
  const size = sizes[nodes.instanceType];
  if (!size)
    throw new RangeError(
      `Cannot make nodes of "${nodes.instanceType}": expected ${Object.keys(sizes).join(', ')}`,
    );
  return Array.from({ length: nodes.count }, (_, index) => {
    const address = block.at(addressGroups.nodes, index + 1);
    return {
      name: `ip-${address.replaceAll('.', '-')}.ec2.internal`,
      zone: `${region}${zoneGroups[index % zoneGroups.length]}`,
      address,
      instanceType: nodes.instanceType,
      ...size,
    };
  });
}

function kubeconfigOf({ url, caPem }: { readonly url: string; readonly caPem: string }, token: string) {
  return {
    clusters: [{ name: 'embedded', server: url, caData: Buffer.from(caPem).toString('base64') }],
    users: [{ name: 'admin', token }],
    contexts: [{ name: 'embedded', cluster: 'embedded', user: 'admin' }],
    currentContext: 'embedded',
  };
}
