import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import { DescribeListenersCommand, DescribeRulesCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { distributionMutant } from '../../fixtures/mutants/distribution.ts';
import { must } from '../../fixtures/outcome.ts';
import { summary } from '../../fixtures/probes/http.ts';
import { requirement } from '../../fixtures/requirement.ts';

/** Every behavior serves plain HTTP. */
const servesPlainHttp = distributionMutant('edge-serves-plain-http', /HTTP/, (config) => ({
  ...config,
  DefaultCacheBehavior: config.DefaultCacheBehavior && {
    ...config.DefaultCacheBehavior,
    ViewerProtocolPolicy: 'allow-all' as const,
  },
  CacheBehaviors: config.CacheBehaviors && {
    ...config.CacheBehaviors,
    Items: config.CacheBehaviors.Items?.map((behavior) => ({
      ...behavior,
      ViewerProtocolPolicy: 'allow-all' as const,
    })),
  },
}));

export default requirement(
  {
    id: 'TLS-4',
    title: 'redirects HTTP to HTTPS with the declared code at both listeners',
    level: 'core',
    layers: ['aws', 'edge'],
    refs: [
      'CloudFront Developer Guide, Viewer protocol policy',
      'AWS Load Balancer Controller, ssl-redirect',
    ],
    mutants: [servesPlainHttp],
  },
  async ({ deployment, stack, viewer, evidence, signal }) => {
    const { domain, edge, loadBalancer } = deployment;
    const look = viewer();
    for (const path of ['/', edge.uncachedPath, edge.cachedPath]) {
      const wanted = `https://${domain.name}${path}?redirect=1`;
      const answer = await look.get(`http://${domain.name}${path}?redirect=1`, { signal });
      must(
        answer.answered && answer.status === edge.httpRedirectStatus,
        `HTTP ${path} is not redirected by the edge`,
        {
          expected: edge.httpRedirectStatus,
          observed: summary(answer),
        },
      );
      // An explicit ":443" is the same place (reference §0).
      must(
        answer.headers.location?.replace(/:443(?=\/)/, '') === wanted,
        `HTTP ${path} is redirected elsewhere`,
        {
          expected: wanted,
          observed: answer.headers.location ?? 'no Location',
        },
      );
    }
    const actions = await plainListenerActions();
    const redirect = actions.find((action) => action.Type === 'redirect')?.RedirectConfig;
    must(
      redirect?.StatusCode === `HTTP_${loadBalancer.httpRedirectStatus}` && redirect.Protocol === 'HTTPS',
      'The load balancer’s HTTP listener does not redirect to HTTPS',
      { expected: `HTTP_${loadBalancer.httpRedirectStatus} to HTTPS`, observed: actions },
    );
    evidence('load balancer redirect', redirect);

    /** The listener answers nobody but CloudFront: its rules are the oracle (reference §0). */
    async function plainListenerActions(): Promise<readonly Action[]> {
      const { elbv2 } = stack.aws;
      const { Listeners = [] } = await elbv2.send(
        new DescribeListenersCommand({ LoadBalancerArn: stack.descriptor.resources.loadBalancerArn }),
      );
      const plain = Listeners.find(({ Protocol, Port }) => Protocol === 'HTTP' && Port === 80);
      must(plain !== undefined, 'The load balancer has no HTTP listener', {
        expected: 'port 80',
        observed: Listeners.length,
      });
      const { Rules = [] } = await elbv2.send(new DescribeRulesCommand({ ListenerArn: plain.ListenerArn }));
      return Rules.flatMap(({ Actions = [] }) => Actions);
    }
  },
);
