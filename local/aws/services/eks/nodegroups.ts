import type {
  CreateNodegroupCommandInput,
  DeleteNodegroupCommandInput,
  DescribeNodegroupCommandInput,
  ListNodegroupsCommandInput,
  Nodegroup,
  NodegroupScalingConfig,
} from '@aws-sdk/client-eks';
import { AwsError, type Handler } from '../../service.ts';
import { pageOf } from '../page.ts';
import { activeCluster, type EksState, findCluster, findNodegroup, later } from './state.ts';

export function nodegroupHandlers(state: EksState): Record<string, Handler> {
  return {
    CreateNodegroup: (input: CreateNodegroupCommandInput) => ({
      nodegroup: { ...createNodegroup(state, input) },
    }),
    DescribeNodegroup: ({ clusterName, nodegroupName }: DescribeNodegroupCommandInput) => ({
      nodegroup: { ...findNodegroup(state, clusterName, nodegroupName) },
    }),
    ListNodegroups: ({ clusterName, maxResults = 100, nextToken }: ListNodegroupsCommandInput) => {
      findCluster(state, clusterName);
      const names = [...state.nodegroups.values()]
        .filter((nodegroup) => nodegroup.clusterName === clusterName)
        .map(({ nodegroupName = '' }) => nodegroupName);
      const page = pageOf(names, { from: nextToken, limit: maxResults, keyOf: (name) => name });
      return { nodegroups: page.items, nextToken: page.next };
    },
    DeleteNodegroup: ({ clusterName, nodegroupName }: DeleteNodegroupCommandInput) => {
      const nodegroup = findNodegroup(state, clusterName, nodegroupName);
      nodegroup.status = 'DELETING';
      later(state, () => void state.nodegroups.delete(`${clusterName}/${nodegroupName}`));
      return { nodegroup: { ...nodegroup } };
    },
  };
}

export function checkedScaling(
  wanted: NodegroupScalingConfig | undefined,
  current: Required<NodegroupScalingConfig>,
): Required<NodegroupScalingConfig> {
  const minSize = wanted?.minSize ?? current.minSize;
  const maxSize = wanted?.maxSize ?? current.maxSize;
  const desiredSize = wanted?.desiredSize ?? current.desiredSize;
  if (minSize > desiredSize) {
    throw new AwsError(
      'InvalidParameterException',
      `Minimum capacity ${minSize} can't be greater than desired size ${desiredSize}`,
    );
  }
  if (desiredSize > maxSize) {
    throw new AwsError(
      'InvalidParameterException',
      `desired capacity ${desiredSize} can't be greater than max size ${maxSize}`,
    );
  }
  return { minSize, maxSize, desiredSize };
}

function createNodegroup(state: EksState, input: CreateNodegroupCommandInput): Nodegroup {
  const { clusterName = '', nodegroupName = '', subnets, nodeRole, launchTemplate, tags = {} } = input;
  const { context, nodegroups } = state;
  const cluster = activeCluster(state, clusterName);
  const key = `${clusterName}/${nodegroupName}`;
  if (nodegroups.has(key)) {
    throw new AwsError(
      'ResourceInUseException',
      `NodeGroup already exists with name ${nodegroupName} and cluster name ${clusterName}`,
      { clusterName, nodegroupName },
    );
  }
  const id = context.random.uuid();
  const now = context.clock.now();
  const nodegroup: Nodegroup = {
    nodegroupName,
    nodegroupArn: `arn:aws:eks:${context.region}:${context.accountId}:nodegroup/${clusterName}/${nodegroupName}/${id}`,
    clusterName,
    version: input.version ?? cluster.version,
    createdAt: now,
    modifiedAt: now,
    status: 'CREATING',
    capacityType: input.capacityType ?? 'ON_DEMAND',
    scalingConfig: checkedScaling(input.scalingConfig, { minSize: 1, maxSize: 2, desiredSize: 2 }),
    // A launch template that names the type keeps it to itself.
    ...(launchTemplate
      ? {}
      : { instanceTypes: input.instanceTypes ?? ['t3.medium'], diskSize: input.diskSize ?? 20 }),
    subnets,
    nodeRole,
    amiType: launchTemplate ? 'CUSTOM' : (input.amiType ?? 'AL2023_x86_64_STANDARD'),
    labels: input.labels ?? {},
    taints: input.taints ?? [],
    resources: { autoScalingGroups: [{ name: `eks-${nodegroupName}-${id}` }] },
    health: { issues: [] },
    updateConfig: input.updateConfig ?? { maxUnavailable: 1 },
    launchTemplate,
    tags: { ...tags },
  };
  nodegroups.set(key, nodegroup);
  later(state, () => {
    if (nodegroup.status === 'CREATING') nodegroup.status = 'ACTIVE';
  });
  return nodegroup;
}
