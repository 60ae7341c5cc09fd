import type { ElasticLoadBalancingV2Client, LoadBalancer } from '@aws-sdk/client-elastic-load-balancing-v2';
import { paginateDescribeLoadBalancers } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Clock } from '../../local/base/clock.ts';
import { until } from './until.ts';

/** The load balancer that has this name in the DNS. */
export async function findLoadBalancer(
  client: ElasticLoadBalancingV2Client,
  dnsName: string,
): Promise<LoadBalancer | undefined> {
  for await (const { LoadBalancers = [] } of paginateDescribeLoadBalancers({ client }, {})) {
    const found = LoadBalancers.find(({ DNSName }) => DNSName?.toLowerCase() === dnsName.toLowerCase());
    if (found) return found;
  }
  return undefined;
}

export async function untilLoadBalancerActive(
  client: ElasticLoadBalancingV2Client,
  dnsName: string,
  wait: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<LoadBalancer | undefined> {
  return until({
    ...wait,
    what: `load balancer "${dnsName}" to be active`,
    withinSeconds: 600,
    look: () => findLoadBalancer(client, dnsName),
    done: (seen) => seen?.State?.Code === 'active',
  });
}
