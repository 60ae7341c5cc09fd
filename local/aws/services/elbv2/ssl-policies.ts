import type {
  DescribeSSLPoliciesInput,
  DescribeSSLPoliciesOutput,
  SslPolicy,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../../service.ts';
import { describePage } from './describe-page.ts';

/** The default of every caller but the console (reference §3). */
export const defaultPolicyName = 'ELBSecurityPolicy-2016-08';

export function findPolicy(name: string): SslPolicy {
  const policy = policies.find(({ Name }) => Name === name);
  if (!policy) throw new AwsError('SSLPolicyNotFound', `SSL policy '${name}' not found`);
  return policy;
}

export function sslPolicyHandlers() {
  return {
    DescribeSSLPolicies: ({
      Names,
      LoadBalancerType: type = 'application',
      ...page
    }: DescribeSSLPoliciesInput): DescribeSSLPoliciesOutput => {
      const found = Names?.length ? Names.map(findPolicy) : policies;
      const supported = found.filter((policy) => policy.SupportedLoadBalancerTypes?.includes(type));
      const { items, NextMarker } = describePage(supported, page, ({ Name = '' }) => Name);
      return { SslPolicies: items, NextMarker };
    },
  };
}

/** ELB user guide, "Security policies for your Application Load Balancer": ciphers in order of preference. */
const tls13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];
const forwardSecret128 = ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'];
const forwardSecret256 = ['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'];
const authenticated = [...forwardSecret128, ...forwardSecret256];
const withCbc = [
  ...forwardSecret128,
  'ECDHE-ECDSA-AES128-SHA256',
  'ECDHE-RSA-AES128-SHA256',
  ...forwardSecret256,
  'ECDHE-ECDSA-AES256-SHA384',
  'ECDHE-RSA-AES256-SHA384',
];
const policy2016 = [
  ...forwardSecret128,
  'ECDHE-ECDSA-AES128-SHA256',
  'ECDHE-RSA-AES128-SHA256',
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA',
  ...forwardSecret256,
  'ECDHE-ECDSA-AES256-SHA384',
  'ECDHE-RSA-AES256-SHA384',
  'ECDHE-ECDSA-AES256-SHA',
  'ECDHE-RSA-AES256-SHA',
  'AES128-GCM-SHA256',
  'AES128-SHA256',
  'AES128-SHA',
  'AES256-GCM-SHA384',
  'AES256-SHA256',
  'AES256-SHA',
];

const policies: readonly SslPolicy[] = [
  policy(defaultPolicyName, ['TLSv1', 'TLSv1.1', 'TLSv1.2'], policy2016),
  policy('ELBSecurityPolicy-FS-1-2-Res-2020-10', ['TLSv1.2'], authenticated),
  policy(
    'ELBSecurityPolicy-TLS-1-2-2017-01',
    ['TLSv1.2'],
    [...withCbc, 'AES128-GCM-SHA256', 'AES128-SHA256', 'AES256-GCM-SHA384', 'AES256-SHA256'],
  ),
  policy('ELBSecurityPolicy-TLS13-1-2-2021-06', ['TLSv1.2', 'TLSv1.3'], [...tls13, ...withCbc]),
  policy('ELBSecurityPolicy-TLS13-1-2-Res-2021-06', ['TLSv1.2', 'TLSv1.3'], [...tls13, ...authenticated]),
  policy('ELBSecurityPolicy-TLS13-1-3-2021-06', ['TLSv1.3'], tls13),
];

function policy(Name: string, SslProtocols: string[], ciphers: readonly string[]): SslPolicy {
  return {
    Name,
    SslProtocols,
    Ciphers: ciphers.map((cipher, index) => ({ Name: cipher, Priority: index + 1 })),
    SupportedLoadBalancerTypes: ['application', 'network'],
  };
}
