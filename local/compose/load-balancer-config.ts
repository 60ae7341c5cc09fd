import type { SecurityGroup } from '@aws-sdk/client-ec2';
import type { IngressRule, ListenerConfig, LoadBalancerConfig, LoadBalancersConfig } from '../alb/config.ts';
import type { AcmSnapshot } from '../aws/services/acm/acm.ts';
import type {
  Elbv2Snapshot,
  ListenerSnapshot,
  LoadBalancerSnapshot,
} from '../aws/services/elbv2/snapshot.ts';

interface Sources {
  readonly elbv2: Elbv2Snapshot;
  readonly certificates: AcmSnapshot['certificates'];
  readonly securityGroups: readonly SecurityGroup[];
  /** CIDRs of a managed prefix list: where CloudFront's requests come from. */
  readonly originFacingCidrs: readonly string[];
  webAclOf(resourceArn: string): string | undefined;
}

/** What the load balancers' data plane is told, from what the control planes hold. */
export function loadBalancersConfig(sources: Sources): LoadBalancersConfig {
  const { elbv2 } = sources;
  return {
    loadBalancers: elbv2.loadBalancers
      .filter(({ loadBalancer }) => loadBalancer.State?.Code === 'active')
      .map((snapshot) => loadBalancer(snapshot, sources)),
    targetGroups: elbv2.targetGroups.map(({ targetGroup, attributes, targets }) => ({
      arn: targetGroup.TargetGroupArn ?? '',
      config: targetGroup,
      attributes,
      targets,
    })),
  };
}

function loadBalancer(snapshot: LoadBalancerSnapshot, sources: Sources): LoadBalancerConfig {
  const { LoadBalancerArn: arn = '', DNSName: dnsName = '', SecurityGroups = [] } = snapshot.loadBalancer;
  return {
    arn,
    dnsName,
    addresses: snapshot.addresses.map(({ address }) => address),
    webAclArn: sources.webAclOf(arn),
    attributes: snapshot.attributes,
    ingress: sources.securityGroups
      .filter(({ GroupId = '' }) => SecurityGroups.includes(GroupId))
      .flatMap((group) => ingressOf(group, sources.originFacingCidrs)),
    listeners: snapshot.listeners.flatMap((listener) => listenerOf(listener, sources.certificates)),
  };
}

const allPorts = { fromPort: 0, toPort: 65_535 };

function ingressOf(
  { IpPermissions = [] }: SecurityGroup,
  prefixListCidrs: readonly string[],
): readonly IngressRule[] {
  return IpPermissions.map(({ FromPort, ToPort, IpProtocol, IpRanges = [], PrefixListIds = [] }) => ({
    ...(IpProtocol === '-1' || FromPort === undefined || ToPort === undefined
      ? allPorts
      : { fromPort: FromPort, toPort: ToPort }),
    cidrs: [
      ...IpRanges.flatMap(({ CidrIp }) => (CidrIp ? [CidrIp] : [])),
      ...(PrefixListIds.length > 0 ? prefixListCidrs : []),
    ],
  }));
}

function listenerOf(
  { listener, certificateArns, sslPolicy, rules }: ListenerSnapshot,
  certificates: AcmSnapshot['certificates'],
): readonly ListenerConfig[] {
  const { Port: port, Protocol: protocol } = listener;
  if (port === undefined || (protocol !== 'HTTP' && protocol !== 'HTTPS')) return [];
  return [
    {
      port,
      protocol,
      certificates: certificateArns.flatMap((arn) => certificates[arn] ?? []),
      sslPolicy: sslPolicy && {
        protocols: sslPolicy.SslProtocols ?? [],
        ciphers: sslPolicy.Ciphers?.map(({ Name = '' }) => Name) ?? [],
      },
      rules,
    },
  ];
}
