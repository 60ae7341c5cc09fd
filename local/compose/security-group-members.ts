import type { LaunchTemplateSpecification, Nodegroup } from '@aws-sdk/client-eks';
import type { AwsControlPlane } from './aws.ts';

type Planes = Pick<AwsControlPlane, 'ec2' | 'eks' | 'elbv2'>;

/**
 * Where the members of a security group connect from. Pods have no groups of their own: they go by those of their node,
 * and all nodes here are of every node group (EKS User Guide, "Assign security groups to individual Pods").
 */
export function securityGroupMembers(
  planes: Planes,
  nodeCidrs: readonly string[],
): (groupId: string) => readonly string[] {
  const { nodegroups } = planes.eks.snapshot();
  const ofNodes = new Set(nodegroups.flatMap((nodegroup) => groupsOfNodes(planes, nodegroup)));
  const { loadBalancers } = planes.elbv2.snapshot();
  return (groupId) => [
    ...(ofNodes.has(groupId) ? nodeCidrs : []),
    ...loadBalancers
      .filter(({ loadBalancer: { SecurityGroups = [] } }) => SecurityGroups.includes(groupId))
      .flatMap(({ addresses }) => addresses.map(({ address }) => `${address}/32`)),
  ];
}

/** The launch template's, in place of the cluster's own (EKS User Guide, "Customize managed nodes with launch templates"). */
function groupsOfNodes(planes: Planes, { clusterName, launchTemplate }: Nodegroup): readonly string[] {
  const own = launchTemplate && groupsOfTemplate(planes.ec2, launchTemplate);
  if (own?.length) return own;
  const cluster = planes.eks.snapshot().clusters.find(({ name }) => name === clusterName);
  return [cluster?.resourcesVpcConfig?.clusterSecurityGroupId ?? ''];
}

function groupsOfTemplate(
  ec2: Planes['ec2'],
  { id, name, version }: LaunchTemplateSpecification,
): readonly string[] {
  const { launchTemplates } = ec2.snapshot();
  const template = launchTemplates.find(({ LaunchTemplateId, LaunchTemplateName }) =>
    id === undefined ? name === LaunchTemplateName : id === LaunchTemplateId,
  );
  const number = Number(version ?? template?.DefaultVersionNumber);
  const chosen = template?.versions.find(({ VersionNumber }) => VersionNumber === number);
  return chosen?.LaunchTemplateData?.SecurityGroupIds ?? [];
}
