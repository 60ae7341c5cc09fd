import type { Listener, LoadBalancer, Rule, TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2';
import type {
  Elbv2State,
  StoredListener,
  StoredLoadBalancer,
  StoredRule,
  StoredTargetGroup,
} from './state.ts';
import { defaultPriority, loadBalancersUsing, rulesOf } from './state.ts';

/** The stored things as the API shows them. */
export function describeLoadBalancer(stored: StoredLoadBalancer): LoadBalancer {
  return {
    LoadBalancerArn: stored.arn,
    LoadBalancerName: stored.name,
    DNSName: stored.dnsName,
    // Elastic Load Balancing's zone in us-east-1 (AWS General Reference).
    CanonicalHostedZoneId: 'Z35SXDOTRQ7X7K',
    CreatedTime: stored.createdTime,
    Scheme: stored.scheme,
    VpcId: stored.vpcId,
    State: { Code: stored.state },
    Type: 'application',
    AvailabilityZones: stored.subnets.map(({ zone, subnetId }) => ({
      ZoneName: zone,
      SubnetId: subnetId,
      LoadBalancerAddresses: [],
    })),
    SecurityGroups: [...stored.securityGroups],
    IpAddressType: 'ipv4',
  };
}

export function describeListener(state: Elbv2State, stored: StoredListener): Listener {
  const [defaultCertificate] = stored.certificates;
  const secure = stored.protocol === 'HTTPS';
  return {
    ListenerArn: stored.arn,
    LoadBalancerArn: stored.loadBalancerArn,
    Port: stored.port,
    Protocol: stored.protocol,
    Certificates: secure ? [{ CertificateArn: defaultCertificate }] : undefined,
    SslPolicy: stored.sslPolicy,
    DefaultActions: [...(rulesOf(state, stored.arn).at(-1)?.actions ?? [])],
    MutualAuthentication: secure ? { Mode: 'off' } : undefined,
  };
}

export function describeRule({ arn, priority, conditions, actions }: StoredRule): Rule {
  const isDefault = priority === defaultPriority;
  return {
    RuleArn: arn,
    Priority: isDefault ? 'default' : String(priority),
    Conditions: [...conditions],
    Actions: [...actions],
    IsDefault: isDefault,
  };
}

export function describeTargetGroup(state: Elbv2State, { arn, config }: StoredTargetGroup): TargetGroup {
  return { ...config, TargetGroupArn: arn, LoadBalancerArns: loadBalancersUsing(state, arn) };
}
