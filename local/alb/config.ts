import type { Rule, TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2';

/** All that the load balancers are to be: plain data, replaced as a whole. */
export interface LoadBalancersConfig {
  readonly loadBalancers: readonly LoadBalancerConfig[];
  readonly targetGroups: readonly TargetGroupConfig[];
}

export interface LoadBalancerConfig {
  readonly arn: string;
  readonly dnsName: string;
  /** One a zone; targets are reached from the address that the viewer connected to. */
  readonly addresses: readonly string[];
  readonly webAclArn?: string;
  /** By their AWS keys, for example `idle_timeout.timeout_seconds`. Absent ones have AWS's defaults. */
  readonly attributes: Readonly<Record<string, string>>;
  /** What the security groups admit; a connection that none admits gets no answer. */
  readonly ingress: readonly IngressRule[];
  readonly listeners: readonly ListenerConfig[];
}

export interface IngressRule {
  readonly fromPort: number;
  readonly toPort: number;
  readonly cidrs: readonly string[];
}

export interface ListenerConfig {
  /** The true port, also where another is bound. */
  readonly port: number;
  readonly protocol: 'HTTP' | 'HTTPS';
  /** The default certificate first. */
  readonly certificates: readonly CertificateConfig[];
  readonly sslPolicy?: SslPolicyConfig;
  /** The default rule included. */
  readonly rules: readonly Rule[];
}

export interface CertificateConfig {
  readonly certificatePem: string;
  readonly chainPem: string;
  readonly privateKeyPem: string;
}

export interface SslPolicyConfig {
  /** As DescribeSSLPolicies names them: `TLSv1.2`, `TLSv1.3`. */
  readonly protocols: readonly string[];
  /** In order of preference, by OpenSSL's names, as DescribeSSLPolicies gives them. */
  readonly ciphers: readonly string[];
}

export interface TargetGroupConfig {
  readonly arn: string;
  readonly config: TargetGroup;
  readonly attributes: Readonly<Record<string, string>>;
  readonly targets: readonly TargetConfig[];
}

export interface TargetConfig {
  /** An IP address. */
  readonly id: string;
  readonly port: number;
  readonly zone: string;
  /** Deregistered: keeps its requests until it is gone from here, when the deregistration delay is over. */
  readonly draining: boolean;
}

/** ELB User Guide, "Load balancer attributes": the default idle timeout is 60 seconds. */
export function idleTimeoutMs({ attributes }: Pick<LoadBalancerConfig, 'attributes'>): number {
  return Number(attributes['idle_timeout.timeout_seconds'] ?? 60) * 1000;
}
