import type {
  Cluster,
  DescribeUpdateCommandInput,
  Nodegroup,
  Update,
  UpdateClusterConfigCommandInput,
  UpdateClusterVersionCommandInput,
  UpdateNodegroupConfigCommandInput,
  UpdateNodegroupVersionCommandInput,
  UpdateType,
} from '@aws-sdk/client-eks';
import { AwsError, type Handler } from '../../service.ts';
import { checkedScaling } from './nodegroups.ts';
import { activeCluster, type EksState, findCluster, findNodegroup, later } from './state.ts';

/** A change is under way for a while; its effect comes with its end. */
export function updateHandlers(state: EksState): Record<string, Handler> {
  return {
    UpdateClusterConfig: (input: UpdateClusterConfigCommandInput) => {
      const cluster = activeCluster(state, input.name);
      return start(state, cluster, 'EndpointAccessUpdate', () => {
        const { resourcesVpcConfig, logging, accessConfig, deletionProtection } = input;
        cluster.resourcesVpcConfig = { ...cluster.resourcesVpcConfig, ...resourcesVpcConfig };
        cluster.logging = logging ?? cluster.logging;
        cluster.accessConfig = { ...cluster.accessConfig, ...accessConfig };
        cluster.deletionProtection = deletionProtection ?? cluster.deletionProtection;
      });
    },
    UpdateClusterVersion: ({ name, version }: UpdateClusterVersionCommandInput) => {
      const cluster = activeCluster(state, name);
      return start(state, cluster, 'VersionUpdate', () => {
        cluster.version = version;
      });
    },
    UpdateNodegroupConfig: (input: UpdateNodegroupConfigCommandInput) => {
      const nodegroup = activeNodegroup(state, input.clusterName, input.nodegroupName);
      const { minSize = 0, maxSize = 0, desiredSize = 0 } = nodegroup.scalingConfig ?? {};
      const scaling = checkedScaling(input.scalingConfig, { minSize, maxSize, desiredSize });
      return start(state, nodegroup, 'ConfigUpdate', () => {
        nodegroup.scalingConfig = scaling;
        nodegroup.updateConfig = { ...nodegroup.updateConfig, ...input.updateConfig };
      });
    },
    UpdateNodegroupVersion: (input: UpdateNodegroupVersionCommandInput) => {
      const nodegroup = activeNodegroup(state, input.clusterName, input.nodegroupName);
      return start(state, nodegroup, 'VersionUpdate', () => {
        nodegroup.version = input.version ?? nodegroup.version;
        nodegroup.launchTemplate = { ...nodegroup.launchTemplate, ...input.launchTemplate };
      });
    },
    DescribeUpdate: ({ name, updateId = '', nodegroupName }: DescribeUpdateCommandInput) => {
      if (nodegroupName) findNodegroup(state, name, nodegroupName);
      findCluster(state, name);
      const update = state.updates.get(updateId);
      if (!update) throw new AwsError('ResourceNotFoundException', `No update found for ID: ${updateId}`);
      return { update };
    },
  };
}

function start(state: EksState, target: Cluster | Nodegroup, type: UpdateType, apply: () => void): object {
  const update: Update = {
    id: state.context.random.uuid(),
    status: 'InProgress',
    type,
    params: [],
    createdAt: state.context.clock.now(),
    errors: [],
  };
  state.updates.set(update.id ?? '', update);
  target.status = 'UPDATING';
  later(state, () => {
    apply();
    update.status = 'Successful';
    if (target.status === 'UPDATING') target.status = 'ACTIVE';
  });
  return { update: { ...update } };
}

function activeNodegroup(
  state: EksState,
  clusterName: string | undefined,
  name: string | undefined,
): Nodegroup {
  const nodegroup = findNodegroup(state, clusterName, name);
  if (nodegroup.status === 'ACTIVE' || nodegroup.status === 'DEGRADED') return nodegroup;
  throw new AwsError(
    'ResourceInUseException',
    `Nodegroup cannot be updated as it is currently not in Active State`,
    {
      clusterName,
      nodegroupName: name,
    },
  );
}
