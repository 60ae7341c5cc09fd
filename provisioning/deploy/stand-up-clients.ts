import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { ECRClient } from '@aws-sdk/client-ecr';
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { KubernetesObjectApi } from '@kubernetes/client-node';
import type { Clock } from '../../local/base/clock.ts';

export interface StandUpClients {
  readonly clock: Clock;
  readonly cloudformation: CloudFormationClient;
  readonly cloudfront: CloudFrontClient;
  readonly ec2: EC2Client;
  readonly ecr: ECRClient;
  readonly elbv2: ElasticLoadBalancingV2Client;
  readonly s3: S3Client;
  readonly ssm: SSMClient;
  /** Asked for when the cluster is active, with the outputs of its stack. */
  readonly kubernetes: (cluster: Readonly<Record<string, string>>) => Promise<KubernetesObjectApi>;
}
