import type {
  Cluster,
  CreateClusterCommandInput,
  DeleteClusterCommandInput,
  DescribeClusterCommandInput,
  ListClustersCommandInput,
  VpcConfigRequest,
} from '@aws-sdk/client-eks';
import { AwsError, type Handler } from '../../service.ts';
import { pageOf } from '../page.ts';
import { activeCluster, type EksState, findCluster, later } from './state.ts';

export function clusterHandlers(state: EksState): Record<string, Handler> {
  return {
    CreateCluster: (input: CreateClusterCommandInput) => ({
      cluster: shown(state, createCluster(state, input)),
    }),
    DescribeCluster: ({ name }: DescribeClusterCommandInput) => ({
      cluster: shown(state, findCluster(state, name)),
    }),
    ListClusters: ({ maxResults = 100, nextToken }: ListClustersCommandInput) => {
      const page = pageOf(state.clusters.keys(), {
        from: nextToken,
        limit: maxResults,
        keyOf: (name) => name,
      });
      return { clusters: page.items, nextToken: page.next };
    },
    DeleteCluster: ({ name }: DeleteClusterCommandInput) => ({
      cluster: shown(state, deleteCluster(state, name)),
    }),
  };
}

/** The endpoint is known when the cluster is active, and stays known while it changes. */
export function shown({ ports }: EksState, cluster: Cluster): Cluster {
  if (cluster.status === 'CREATING') return { ...cluster };
  const { url, certificateAuthorityPem } = ports.endpoint(cluster.name ?? '');
  const data = Buffer.from(certificateAuthorityPem).toString('base64');
  return { ...cluster, endpoint: url, certificateAuthority: { data } };
}

function createCluster(state: EksState, input: CreateClusterCommandInput): Cluster {
  const { clusters, context } = state;
  const { name = '', roleArn, version = '1.33', tags = {}, accessConfig, logging } = input;
  if (!/^[0-9A-Za-z][\w-]{0,99}$/.test(name)) {
    throw new AwsError('InvalidParameterException', `The cluster name "${name}" is not valid`, {
      clusterName: name,
    });
  }
  if (clusters.has(name)) {
    throw new AwsError('ResourceInUseException', `Cluster already exists with name: ${name}`, {
      clusterName: name,
    });
  }
  const vpcId = networkOf(state, input.resourcesVpcConfig);
  const clusterSecurityGroupId = createGroup(state, name, vpcId);
  const {
    subnetIds,
    securityGroupIds = [],
    endpointPublicAccess = true,
    endpointPrivateAccess = false,
  } = input.resourcesVpcConfig ?? {};
  const cluster: Cluster = {
    name,
    arn: `arn:aws:eks:${context.region}:${context.accountId}:cluster/${name}`,
    createdAt: context.clock.now(),
    version,
    roleArn,
    resourcesVpcConfig: {
      subnetIds,
      securityGroupIds,
      clusterSecurityGroupId,
      vpcId,
      endpointPublicAccess,
      endpointPrivateAccess,
      publicAccessCidrs: input.resourcesVpcConfig?.publicAccessCidrs ?? ['0.0.0.0/0'],
    },
    kubernetesNetworkConfig: { serviceIpv4Cidr: '172.20.0.0/16', ipFamily: 'ipv4' },
    logging: logging ?? { clusterLogging: [] },
    identity: {
      oidc: {
        issuer: `https://oidc.eks.${context.region}.amazonaws.com/id/${context.random.hex(32).toUpperCase()}`,
      },
    },
    status: 'CREATING',
    platformVersion: 'eks.1',
    tags: { ...tags },
    health: { issues: [] },
    accessConfig: { authenticationMode: accessConfig?.authenticationMode ?? 'CONFIG_MAP' },
    upgradePolicy: { supportType: 'EXTENDED' },
    deletionProtection: input.deletionProtection ?? false,
  };
  clusters.set(name, cluster);
  later(state, () => {
    if (cluster.status === 'CREATING') cluster.status = 'ACTIVE';
  });
  return cluster;
}

/** The control plane stands in two zones at least, so its subnets must. */
function networkOf({ ports }: EksState, config: VpcConfigRequest | undefined): string | undefined {
  const { subnets } = ports.network.snapshot();
  const chosen = (config?.subnetIds ?? []).map((id) => {
    const found = subnets.find(({ SubnetId }) => SubnetId === id);
    if (found) return found;
    throw new AwsError(
      'InvalidParameterException',
      `The subnet ID '${id}' does not exist (Service: AmazonEC2; Status Code: 400; Error Code: InvalidSubnetID.NotFound)`,
    );
  });
  if (new Set(chosen.map(({ AvailabilityZone }) => AvailabilityZone)).size < 2) {
    throw new AwsError(
      'InvalidParameterException',
      'Subnets specified must be in at least two different AZs',
    );
  }
  return chosen[0]?.VpcId;
}

function createGroup({ ports, context }: EksState, name: string, VpcId: string | undefined): string {
  return ports.network.createServiceGroup({
    GroupName: `eks-cluster-sg-${name}-${context.random.below(2 ** 31)}`,
    Description:
      'EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any managed workloads.',
    VpcId,
    Tags: [
      { Key: `kubernetes.io/cluster/${name}`, Value: 'owned' },
      { Key: 'aws:eks:cluster-name', Value: name },
    ],
  });
}

function deleteCluster(state: EksState, name = ''): Cluster {
  const cluster = findCluster(state, name);
  const members = { clusterName: name };
  if ([...state.nodegroups.values()].some(({ clusterName }) => clusterName === name)) {
    throw new AwsError('ResourceInUseException', 'Cluster has nodegroups attached', members);
  }
  if (cluster.deletionProtection) {
    throw new AwsError('InvalidRequestException', 'Cluster deletion protection is enabled', members);
  }
  if (cluster.status === 'DELETING') return cluster;
  activeCluster(state, name);
  cluster.status = 'DELETING';
  later(state, () => {
    state.clusters.delete(name);
    state.ports.network.deleteServiceGroup(cluster.resourcesVpcConfig?.clusterSecurityGroupId ?? '');
  });
  return cluster;
}
