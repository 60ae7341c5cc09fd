import type { ListenerConfig, LoadBalancerConfig, LoadBalancersConfig } from '../alb/config.ts';
import type { AcmSnapshot } from '../aws/services/acm/acm.ts';
import type {
  Elbv2Snapshot,
  ListenerSnapshot,
  LoadBalancerSnapshot,
} from '../aws/services/elbv2/snapshot.ts';
import type { SecurityGroupIngress } from './security-group-ingress.ts';

interface Sources {
  readonly elbv2: Elbv2Snapshot;
  readonly certificates: AcmSnapshot['certificates'];
  readonly ingressOf: SecurityGroupIngress;
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
    ingress: sources.ingressOf(SecurityGroups),
    listeners: snapshot.listeners.flatMap((listener) => listenerOf(listener, sources.certificates)),
  };
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
