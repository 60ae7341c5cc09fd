import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ECRClient } from '@aws-sdk/client-ecr';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { S3Client } from '@aws-sdk/client-s3';
import { SSMClient } from '@aws-sdk/client-ssm';
import { KubeConfig, KubernetesObjectApi } from '@kubernetes/client-node';
import { createClock } from '../../local/base/clock.ts';
import { canLimitOpenFiles } from '../../local/compose/open-files.ts';
import type { SmallCloudAddresses } from '../../local/compose/options.ts';
import { awsClientOptions } from '../attach.ts';
import { attachControl } from '../control.ts';
import type { StoodUp } from '../deploy/stand-up.ts';
import { standUp } from '../deploy/stand-up.ts';
import type { Deployment } from '../deployment/schema.ts';
import type { OpenedStack, OpenOptions } from '../open.ts';
import type { StackDescriptor } from '../stack.ts';
import { StackError } from '../stack-error.ts';
import { accessKey } from './access-key.ts';
import { blueprintOf, passwordParameterOf, runnerSource } from './blueprint.ts';
import { spawnSmallCloud } from './spawn.ts';

/** The small cloud as a process of its own, and the deployment stood up on it through ordinary clients. */
export async function openEmbedded(options: OpenOptions): Promise<OpenedStack> {
  const { deployment, speed, seed, stays, say, signal } = options;
  if (process.platform !== 'linux')
    throw new StackError(`Cannot stand the embedded stack up: expected Linux, got ${process.platform}`);
  const startedMs = performance.now();
  const cloud = await spawnSmallCloud({ deployment, speed, seed, signal });
  try {
    say(`small cloud up after ${seconds(startedMs)}`);
    const stoodUp = await deploy(deployment, cloud.addresses, { speed, say, signal });
    say(`deployment stood up after ${seconds(startedMs)}`);
    const descriptor = describeStack(options, cloud.addresses, cloud.directory, stoodUp);
    return { descriptor, [Symbol.asyncDispose]: stays ? cloud.detach : cloud.close };
  } catch (error) {
    const log = cloud.log();
    await attachControl(cloud.addresses.control)
      .down()
      .catch(() => cloud.close());
    await cloud.close();
    signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    throw new StackError(`Cannot stand "${deployment.name}" up: ${reason}${log ? `\n${log}` : ''}`, {
      cause: error,
    });
  }
}

async function deploy(
  deployment: Deployment,
  addresses: SmallCloudAddresses,
  { speed, say, signal }: Pick<OpenOptions, 'speed' | 'say' | 'signal'>,
): Promise<StoodUp> {
  const options = awsClientOptions({ region: deployment.region, aws: awsOf(addresses) });
  const clients = {
    cloudformation: new CloudFormationClient(options),
    cloudfront: new CloudFrontClient(options),
    ec2: new EC2Client(options),
    ecr: new ECRClient(options),
    elbv2: new ElasticLoadBalancingV2Client(options),
    s3: new S3Client({ ...options, forcePathStyle: true }),
    ssm: new SSMClient(options),
  };
  const config = new KubeConfig();
  config.loadFromString(kubeconfigOf(addresses));
  const blueprint = blueprintOf(deployment, {
    speed,
    otlpUrl: addresses.telemetry.otlpUrl,
    databaseCaPem: addresses.trust.database,
  });
  try {
    return await standUp(
      blueprint,
      {
        ...clients,
        clock: createClock({ speed, startedAtUnixMs: Date.parse(addresses.startedAt) }),
        kubernetes: async () => KubernetesObjectApi.makeApiClient(config),
      },
      signal,
      ({ step, state, wallMs }) => {
        if (state !== 'begun') say(`${step} ${state} (${(wallMs / 1000).toFixed(1)} s)`);
      },
    );
  } finally {
    for (const client of Object.values(clients)) client.destroy();
  }
}

function describeStack(
  { deployment, speed, seed }: OpenOptions,
  addresses: SmallCloudAddresses,
  directory: string,
  stoodUp: StoodUp,
): StackDescriptor {
  const { database } = deployment;
  return {
    version: 1,
    id: `${deployment.name}-${addresses.pid}`,
    preset: 'embedded',
    speed,
    startedAt: addresses.startedAt,
    seed,
    fidelity: {
      aws: 'emulated',
      edge: 'emulated',
      kubernetes: 'emulated',
      database: 'emulated',
      telemetry: 'emulated',
    },
    region: deployment.region,
    aws: awsOf(addresses),
    kubernetes: { kubeconfig: kubeconfigOf(addresses) },
    dns: addresses.dns,
    ports: addresses.ports,
    viewers: addresses.viewers,
    runnerSources: [runnerSource],
    trust: addresses.trust,
    telemetry: addresses.telemetry,
    shards: stoodUp.load && { ...stoodUp.load, namespace: deployment.workload.namespace },
    resources: {
      accountId: deployment.account,
      distributionId: stoodUp.distributionId,
      distributionDomainName: stoodUp.distributionDomainName,
      loadBalancerArn: stoodUp.loadBalancerArn,
      loadBalancerDnsName: stoodUp.loadBalancerDnsName,
      edgeWebAclArn: stoodUp.edgeWebAclArn,
      databaseEndpoint: stoodUp.databaseEndpoint ?? '',
      databasePort: stoodUp.databasePort ?? 0,
      databaseUser: database === 'none' ? '' : database.user,
      databaseName: database === 'none' ? '' : database.name,
      databasePasswordParameter: passwordParameterOf(deployment),
      image: stoodUp.image,
    },
    control: addresses.control,
    // Without the token it answers 401: reached, and nothing was done.
    controlTarget: { url: addresses.control.url },
    capabilities: [
      'defects',
      'pods-as-processes',
      'failover',
      'break-pods',
      ...(canLimitOpenFiles() ? ['pod-open-files' as const] : []),
      'break-nodes',
      'break-database',
      ...(addresses.databaseVolumes ? ['database-volumes' as const] : []),
      'break-dns',
      'break-aws-api',
      'break-network',
      'break-telemetry',
    ],
    owned: { pid: addresses.pid, directory },
  };
}

/** Keys that are worth nothing: the gateway needs a credential scope to route, and checks no signature. */
function awsOf({ awsEndpointUrl }: SmallCloudAddresses): StackDescriptor['aws'] {
  return { endpointUrl: awsEndpointUrl, ...accessKey };
}

function kubeconfigOf({ kubernetes }: SmallCloudAddresses): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'stormproof',
        cluster: {
          server: kubernetes.url,
          'certificate-authority-data': Buffer.from(kubernetes.caPem).toString('base64'),
        },
      },
    ],
    users: [{ name: 'stormproof', user: { token: kubernetes.token } }],
    contexts: [{ name: 'stormproof', context: { cluster: 'stormproof', user: 'stormproof' } }],
    'current-context': 'stormproof',
  });
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}
