import type {
  Cluster,
  DescribeClusterCommandOutput,
  DescribeNodegroupCommandOutput,
  DescribeUpdateCommandOutput,
  Nodegroup,
  UpdateClusterConfigCommandOutput,
} from '@aws-sdk/client-eks';
import {
  CreateClusterRequest$,
  CreateNodegroupRequest$,
  UpdateClusterConfigRequest$,
  UpdateNodegroupConfigRequest$,
} from '@aws-sdk/client-eks';
import { isGone } from './absent.ts';
import { toInput } from './input.ts';
import type { ResourceType, Tools } from './resource-type.ts';
import { NotStabilized } from './resource-type.ts';
import { tagMap } from './tags.ts';

export const cluster: ResourceType = {
  type: 'AWS::EKS::Cluster',
  properties: {
    Name: 'replace',
    RoleArn: 'replace',
    Version: 'update',
    ResourcesVpcConfig: 'update',
    AccessConfig: 'update',
    Logging: 'update',
    Tags: 'fixed',
  },
  required: ['RoleArn', 'ResourcesVpcConfig'],
  nameProperty: 'Name',
  attributes: [
    'Id',
    'Arn',
    'Endpoint',
    'CertificateAuthorityData',
    'ClusterSecurityGroupId',
    'OpenIdConnectIssuerUrl',
  ],
  tags: 'list',
  create: async (properties, tools) => {
    const { Tags: _tags, ...rest } = properties;
    const name = String(properties.Name ?? tools.name({ maximum: 100 }));
    await tools.call('eks', 'CreateCluster', {
      ...toInput(CreateClusterRequest$, { ...rest, Name: name }),
      clientRequestToken: tools.token,
      tags: tagMap(properties),
    });
    tools.identify(name);
    await tools.until(async () => settled('Cluster', await describeCluster(name, tools)));
  },
  read: async (id, tools) => {
    const found = await describeCluster(id, tools);
    return {
      Id: found?.id,
      Arn: found?.arn,
      Endpoint: found?.endpoint,
      CertificateAuthorityData: found?.certificateAuthority?.data,
      ClusterSecurityGroupId: found?.resourcesVpcConfig?.clusterSecurityGroupId,
      OpenIdConnectIssuerUrl: found?.identity?.oidc?.issuer,
    };
  },
  update: async ({ id, after, changed }, tools) => {
    if (changed.has('Version'))
      await updateCluster('UpdateClusterVersion', { name: id, version: after.Version }, tools);
    for (const property of ['ResourcesVpcConfig', 'AccessConfig', 'Logging'])
      if (changed.has(property))
        await updateCluster(
          'UpdateClusterConfig',
          toInput(UpdateClusterConfigRequest$, { name: id, [property]: after[property] }),
          tools,
        );
  },
  delete: async (id, tools) => {
    if (await isGone(tools.call('eks', 'DeleteCluster', { name: id }))) return;
    await tools.until(() => isGone(tools.call('eks', 'DescribeCluster', { name: id })));
  },
};

async function describeCluster(name: string, tools: Tools): Promise<Cluster | undefined> {
  return (await tools.call<DescribeClusterCommandOutput>('eks', 'DescribeCluster', { name })).cluster;
}

async function updateCluster(operation: string, input: object, tools: Tools): Promise<void> {
  const { update } = await tools.call<UpdateClusterConfigCommandOutput>('eks', operation, input);
  const { name } = input as { name: string };
  await untilUpdated({ name, updateId: update?.id }, tools);
}

async function untilUpdated(input: object, tools: Tools): Promise<void> {
  await tools.until(async () => {
    const { update } = await tools.call<DescribeUpdateCommandOutput>('eks', 'DescribeUpdate', input);
    if (update?.status === 'Failed' || update?.status === 'Cancelled')
      throw new NotStabilized(update.errors?.map(({ errorMessage }) => errorMessage).join('; '));
    return update?.status === 'Successful';
  });
}

function settled(what: string, found: Cluster | Nodegroup | undefined): boolean {
  if (found?.status?.endsWith('FAILED'))
    throw new NotStabilized(
      `${what} status is ${found.status}: ${JSON.stringify(found.health?.issues ?? [])}`,
    );
  return found?.status === 'ACTIVE';
}

/** Its physical ID is `cluster/nodegroup`. */
export const nodegroup: ResourceType = {
  type: 'AWS::EKS::Nodegroup',
  properties: {
    ClusterName: 'replace',
    NodegroupName: 'replace',
    NodeRole: 'replace',
    Subnets: 'replace',
    InstanceTypes: 'replace',
    CapacityType: 'replace',
    LaunchTemplate: 'update',
    ScalingConfig: 'update',
    UpdateConfig: 'update',
    Version: 'update',
    Tags: 'fixed',
  },
  required: ['ClusterName', 'NodeRole', 'Subnets'],
  nameProperty: 'NodegroupName',
  attributes: ['Id', 'Arn', 'ClusterName', 'NodegroupName'],
  tags: 'map',
  create: async (properties, tools) => {
    const { Tags: _tags, ...rest } = properties;
    const name = { NodegroupName: properties.NodegroupName ?? tools.name({ maximum: 63 }) };
    await tools.call('eks', 'CreateNodegroup', {
      ...toInput(CreateNodegroupRequest$, { ...rest, ...name }),
      clientRequestToken: tools.token,
      tags: tagMap(properties),
    });
    const id = `${String(properties.ClusterName)}/${String(name.NodegroupName)}`;
    tools.identify(id);
    await tools.until(async () => settled('Nodegroup', await describeNodegroup(id, tools)));
  },
  read: async (id, tools) => {
    const found = await describeNodegroup(id, tools);
    return {
      Id: id,
      Arn: found?.nodegroupArn,
      ClusterName: found?.clusterName,
      NodegroupName: found?.nodegroupName,
    };
  },
  update: async ({ id, after, changed }, tools) => {
    const config = ['ScalingConfig', 'UpdateConfig'].filter((name) => changed.has(name));
    const version = ['LaunchTemplate', 'Version'].filter((name) => changed.has(name));
    if (config.length > 0) {
      const wanted = Object.fromEntries(config.map((name) => [name, after[name]]));
      await updateNodegroup(
        'UpdateNodegroupConfig',
        id,
        toInput(UpdateNodegroupConfigRequest$, wanted),
        tools,
      );
    }
    if (version.length > 0) {
      const { LaunchTemplate, Version } = after;
      const wanted = toInput(CreateNodegroupRequest$, {
        ...(LaunchTemplate ? { LaunchTemplate } : { Version }),
      });
      await updateNodegroup('UpdateNodegroupVersion', id, wanted, tools);
    }
  },
  delete: async (id, tools) => {
    if (await isGone(tools.call('eks', 'DeleteNodegroup', names(id)))) return;
    await tools.until(() => isGone(tools.call('eks', 'DescribeNodegroup', names(id))));
  },
};

function names(id: string): { clusterName: string; nodegroupName: string } {
  const [clusterName = '', nodegroupName = ''] = id.split('/');
  return { clusterName, nodegroupName };
}

async function describeNodegroup(id: string, tools: Tools): Promise<Nodegroup | undefined> {
  const output = await tools.call<DescribeNodegroupCommandOutput>('eks', 'DescribeNodegroup', names(id));
  return output.nodegroup;
}

async function updateNodegroup(operation: string, id: string, wanted: object, tools: Tools): Promise<void> {
  const { clusterName, nodegroupName } = names(id);
  const { update } = await tools.call<UpdateClusterConfigCommandOutput>('eks', operation, {
    ...wanted,
    clusterName,
    nodegroupName,
  });
  await untilUpdated({ name: clusterName, nodegroupName, updateId: update?.id }, tools);
}
