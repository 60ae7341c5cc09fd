import { ListCertificatesCommand } from '@aws-sdk/client-acm';
import { GetDistributionCommand } from '@aws-sdk/client-cloudfront';
import { DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2';
import { GetWebACLCommand, ListWebACLsCommand } from '@aws-sdk/client-wafv2';
import type { Stack } from '../../../provisioning/attach.ts';

/** All that a fault may have changed, as AWS, Kubernetes and the planes show it, without versions: equal means restored. */
export async function steadySnapshot(stack: Stack): Promise<string> {
  const parts = await Promise.all([
    distribution(stack),
    webAcls(stack),
    securityGroups(stack),
    certificates(stack),
    kubernetes(stack),
    stack.control?.state(),
  ]);
  return JSON.stringify(parts, undefined, 1);
}

async function distribution({ aws, descriptor }: Stack): Promise<unknown> {
  const { Distribution } = await aws.cloudfront.send(
    new GetDistributionCommand({ Id: descriptor.resources.distributionId }),
  );
  // A configuration is in force when it is deployed.
  return { status: Distribution?.Status, config: Distribution?.DistributionConfig };
}

async function webAcls({ aws }: Stack): Promise<unknown> {
  const listed = await Promise.all(
    (['CLOUDFRONT', 'REGIONAL'] as const).map(async (Scope) => {
      const { WebACLs = [] } = await aws.wafv2.send(new ListWebACLsCommand({ Scope }));
      return WebACLs.map(({ Name, Id }) => ({ Name, Id, Scope }));
    }),
  );
  return await Promise.all(
    listed.flat().map(async (id) => {
      const { WebACL } = await aws.wafv2.send(new GetWebACLCommand(id));
      return { name: id.Name, rules: WebACL?.Rules, defaultAction: WebACL?.DefaultAction };
    }),
  );
}

async function securityGroups({ aws }: Stack): Promise<unknown> {
  const { SecurityGroups = [] } = await aws.ec2.send(new DescribeSecurityGroupsCommand({}));
  return SecurityGroups.map(({ GroupName, IpPermissions = [] }) => ({
    GroupName,
    permissions: IpPermissions.map((permission) => JSON.stringify(permission)).sort(),
  }));
}

async function certificates({ aws }: Stack): Promise<unknown> {
  const { CertificateSummaryList = [] } = await aws.acm.send(new ListCertificatesCommand({}));
  return CertificateSummaryList.map(({ CertificateArn }) => CertificateArn).sort();
}

async function kubernetes({ kubernetes: api }: Stack): Promise<unknown> {
  const [deployments, ingresses, services, nodes] = await Promise.all([
    api.apps.listDeploymentForAllNamespaces(),
    api.networking.listIngressForAllNamespaces(),
    api.core.listServiceForAllNamespaces(),
    api.core.listNode(),
  ]);
  return {
    // How many there are is the autoscaler's: whether there are any is not.
    deployments: deployments.items.map(({ metadata, spec }) => ({
      name: metadata?.name,
      spec: { ...spec, replicas: (spec?.replicas ?? 1) > 0 },
    })),
    ingresses: ingresses.items.map(({ metadata, spec }) => ({
      name: metadata?.name,
      annotations: metadata?.annotations,
      spec,
    })),
    services: services.items.map(({ metadata, spec }) => ({ name: metadata?.name, spec })),
    nodes: nodes.items.map(({ metadata, spec }) => ({
      name: metadata?.name,
      unschedulable: spec?.unschedulable === true,
      taints: spec?.taints ?? [],
    })),
  };
}
