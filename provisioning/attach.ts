import { ACMClient } from '@aws-sdk/client-acm';
import { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { RDSClient } from '@aws-sdk/client-rds';
import { Route53Client } from '@aws-sdk/client-route-53';
import { S3Client } from '@aws-sdk/client-s3';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { WAFV2Client } from '@aws-sdk/client-wafv2';
import {
  AppsV1Api,
  AutoscalingV2Api,
  BatchV1Api,
  CoreV1Api,
  KubeConfig,
  KubernetesObjectApi,
  NetworkingV1Api,
} from '@kubernetes/client-node';
import type { Clock } from '../local/base/clock.ts';
import { createClock } from '../local/base/clock.ts';
import type { Control } from './control.ts';
import { attachControl } from './control.ts';
import { foreignEndpoints } from './foreign-endpoints.ts';
import type { StackDescriptor } from './stack.ts';
import { StackError } from './stack-error.ts';

/** Live clients of a running stack; the same classes on every stack (design §2). */
export interface Stack extends AsyncDisposable {
  readonly descriptor: StackDescriptor;
  readonly clock: Clock;
  readonly aws: AwsClients;
  readonly kubernetes: KubernetesClients;
  /** What only some stacks can do. */
  readonly control?: Control;
}

export interface AwsClients {
  readonly acm: ACMClient;
  readonly cloudfront: CloudFrontClient;
  readonly cloudwatch: CloudWatchClient;
  readonly ec2: EC2Client;
  readonly elbv2: ElasticLoadBalancingV2Client;
  readonly logs: CloudWatchLogsClient;
  readonly rds: RDSClient;
  readonly route53: Route53Client;
  readonly s3: S3Client;
  readonly ssm: SSMClient;
  readonly sts: STSClient;
  readonly wafv2: WAFV2Client;
}

export interface KubernetesClients {
  readonly apps: AppsV1Api;
  readonly autoscaling: AutoscalingV2Api;
  readonly batch: BatchV1Api;
  readonly core: CoreV1Api;
  readonly networking: NetworkingV1Api;
  readonly objects: KubernetesObjectApi;
}

/** Refuses a descriptor that leads elsewhere than its preset says (design §6). */
export function attach(descriptor: StackDescriptor): Stack {
  const foreign = foreignEndpoints(descriptor);
  if (foreign.length > 0)
    throw new StackError(`Cannot attach to the ${descriptor.preset} stack: ${foreign.join('; ')}`);
  const aws = awsClients(descriptor);
  return {
    descriptor,
    clock: createClock({ speed: descriptor.speed, startedAtUnixMs: Date.parse(descriptor.startedAt) }),
    aws,
    kubernetes: kubernetesClients(descriptor),
    control: descriptor.control && attachControl(descriptor.control),
    [Symbol.asyncDispose]: async () => {
      for (const client of Object.values(aws)) client.destroy();
    },
  };
}

/** What every AWS client of a stack is made with; `maxAttempts: 1` because a retry would hide a flake. */
export function awsClientOptions(descriptor: Pick<StackDescriptor, 'aws' | 'region'>): {
  region: string;
  endpoint?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string };
  maxAttempts: number;
} {
  const { endpointUrl, accessKeyId, secretAccessKey } = descriptor.aws;
  return {
    region: descriptor.region,
    maxAttempts: endpointUrl ? 1 : 3,
    ...(endpointUrl && { endpoint: endpointUrl }),
    ...(accessKeyId && secretAccessKey && { credentials: { accessKeyId, secretAccessKey } }),
  };
}

function awsClients(descriptor: StackDescriptor): AwsClients {
  const options = awsClientOptions(descriptor);
  return {
    acm: new ACMClient(options),
    cloudfront: new CloudFrontClient(options),
    cloudwatch: new CloudWatchClient(options),
    ec2: new EC2Client(options),
    elbv2: new ElasticLoadBalancingV2Client(options),
    logs: new CloudWatchLogsClient(options),
    rds: new RDSClient(options),
    route53: new Route53Client(options),
    s3: new S3Client({ ...options, forcePathStyle: descriptor.aws.endpointUrl !== undefined }),
    ssm: new SSMClient(options),
    sts: new STSClient(options),
    wafv2: new WAFV2Client(options),
  };
}

function kubernetesClients(descriptor: StackDescriptor): KubernetesClients {
  const config = new KubeConfig();
  config.loadFromString(descriptor.kubernetes.kubeconfig);
  if (descriptor.kubernetes.context) config.setCurrentContext(descriptor.kubernetes.context);
  return {
    apps: config.makeApiClient(AppsV1Api),
    autoscaling: config.makeApiClient(AutoscalingV2Api),
    batch: config.makeApiClient(BatchV1Api),
    core: config.makeApiClient(CoreV1Api),
    networking: config.makeApiClient(NetworkingV1Api),
    objects: KubernetesObjectApi.makeApiClient(config),
  };
}
