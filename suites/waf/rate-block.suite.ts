import { exceedRate } from '../../fixtures/load/exceed-rate.ts';
import { onRateRule, webAclMutant } from '../../fixtures/mutants/web-acl.ts';
import { Inconclusive, must } from '../../fixtures/outcome.ts';
import { isBlockedBy } from '../../fixtures/probes/block.ts';
import { summary } from '../../fixtures/probes/http.ts';
import { requirement } from '../../fixtures/requirement.ts';

/** The rule counts and lets through, as it does while somebody "just tries it out". */
const countsInsteadOfBlocking = webAclMutant(
  'rate-rule-counts-instead-of-blocking',
  /not blocked/,
  onRateRule((rule) => ({ ...rule, Action: { Count: {} } })),
);

export default requirement(
  {
    id: 'WAF-1',
    title: 'blocks a client well over the rate limit within window and lag, and no client at another address',
    level: 'core',
    layers: ['edge', 'kubernetes'],
    applies: ({ waf }) => waf !== 'none',
    refs: ['WAF Developer Guide, Rate-based rule statement'],
    mutants: [countsInsteadOfBlocking],
  },
  async (session) => {
    const { deployment, viewer, viewerAddress, url, evidence, signal } = session;
    if (deployment.waf === 'none') return;
    const { rateRule } = deployment.waf;
    const from = viewerAddress();
    const elsewhere = viewerAddress();
    if (!from || !elsewhere) throw new Inconclusive('This stack gives probes no two source addresses');
    const observed = await exceedRate(session, from, rateRule);
    must(observed.blocked, 'A client well over the rate limit is not blocked within window and lag', {
      expected: `a block within ${rateRule.windowSeconds + rateRule.lagSeconds} s of stack time`,
      observed: `${observed.sent} requests, ${observed.sentPerStackSecond.toFixed(0)} a stack second, last ${observed.last ? summary(observed.last) : 'none'}`,
    });
    const other = await viewer({ from: elsewhere }).get(url(`${deployment.edge.uncachedPath}?other=1`), {
      signal,
    });
    must(
      other.answered && other.status === 200 && !isBlockedBy(other, rateRule),
      'A client at another address is blocked too',
      {
        expected: 200,
        observed: summary(other),
      },
    );
    evidence('rate block', {
      afterStackSeconds: Math.round(observed.afterStackMs / 1000),
      sent: observed.sent,
      perStackSecond: Math.round(observed.sentPerStackSecond),
    });
  },
);
