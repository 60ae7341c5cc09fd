import {
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
  ModifyLoadBalancerAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { AwsClients } from './reconcile-load-balancer.ts';
import { findLoadBalancer } from './reconcile-load-balancer.ts';

/** Removes the load balancer of a deleted Ingress and its target groups, which carry the ingress in their tags. */
export async function deleteLoadBalancer(
  aws: AwsClients,
  {
    name,
    namespace,
    ingress,
  }: { readonly name: string; readonly namespace: string; readonly ingress: string },
): Promise<readonly string[]> {
  const { elbv2 } = aws;
  const balancer = await findLoadBalancer(aws, name);
  if (balancer?.LoadBalancerArn) {
    const LoadBalancerArn = balancer.LoadBalancerArn;
    await elbv2.send(
      new ModifyLoadBalancerAttributesCommand({
        LoadBalancerArn,
        Attributes: [{ Key: 'deletion_protection.enabled', Value: 'false' }],
      }),
    );
    await elbv2.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
  }
  const groups = await targetGroupsOf(aws, `${namespace}/${ingress}`);
  for (const { arn } of groups) await elbv2.send(new DeleteTargetGroupCommand({ TargetGroupArn: arn }));
  return groups.map((group) => group.name);
}

async function targetGroupsOf(
  { elbv2 }: AwsClients,
  stack: string,
): Promise<readonly { readonly arn: string; readonly name: string }[]> {
  const { TargetGroups = [] } = await elbv2.send(new DescribeTargetGroupsCommand({}));
  const arns = TargetGroups.map(({ TargetGroupArn = '' }) => TargetGroupArn);
  if (arns.length === 0) return [];
  const { TagDescriptions = [] } = await elbv2.send(new DescribeTagsCommand({ ResourceArns: arns }));
  const owned = new Set(
    TagDescriptions.filter(({ Tags }) =>
      Tags?.some(({ Key, Value }) => Key === 'ingress.k8s.aws/stack' && Value === stack),
    ).map(({ ResourceArn }) => ResourceArn),
  );
  return TargetGroups.filter(({ TargetGroupArn }) => owned.has(TargetGroupArn)).map(
    ({ TargetGroupArn = '', TargetGroupName = '' }) => ({ arn: TargetGroupArn, name: TargetGroupName }),
  );
}
