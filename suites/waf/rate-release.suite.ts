import { eventually } from '../../fixtures/eventually.ts';
import { exceedRate } from '../../fixtures/load/exceed-rate.ts';
import { onRateRule, webAclMutant } from '../../fixtures/mutants/web-acl.ts';
import { Inconclusive } from '../../fixtures/outcome.ts';
import { isBlockedBy } from '../../fixtures/probes/block.ts';
import { summary } from '../../fixtures/probes/http.ts';
import { requirement } from '../../fixtures/requirement.ts';
import { promised } from '../../fixtures/timeouts.ts';

/** Ten minutes of memory where one is declared: the client stays blocked long after it has calmed down. */
const remembersTooLong = webAclMutant(
  'rate-rule-remembers-ten-minutes',
  /served again/,
  onRateRule((rule) => ({
    ...rule,
    Statement: rule.Statement?.RateBasedStatement && {
      RateBasedStatement: { ...rule.Statement.RateBasedStatement, EvaluationWindowSec: 600 },
    },
  })),
);

export default requirement(
  {
    id: 'WAF-2',
    title: 'releases a blocked client when its rate falls',
    level: 'core',
    layers: ['edge', 'kubernetes'],
    applies: ({ waf }) => waf !== 'none',
    refs: ['WAF Developer Guide, Rate-based rule statement'],
    mutants: [remembersTooLong],
  },
  async (session) => {
    const { deployment, clock, viewer, viewerAddress, url, evidence, signal } = session;
    if (deployment.waf === 'none') return;
    const { rateRule } = deployment.waf;
    const from = viewerAddress();
    if (!from) throw new Inconclusive('This stack gives probes no source address of their own');
    const block = await exceedRate(session, from, rateRule);
    if (!block.blocked)
      throw new Inconclusive('The client was never blocked, so its release cannot be seen (see WAF-1)');
    const calmedMs = clock.elapsedMs();
    const look = viewer({ from });
    const bound = rateRule.windowSeconds + 2 * rateRule.lagSeconds;
    await eventually({
      clock,
      signal,
      what: 'the calmed client to be served again',
      within: promised(bound, 2, 'one window to forget and the lag of the check, both ways'),
      look: async () => {
        const answer = await look.get(url(`${deployment.edge.uncachedPath}?release=${crypto.randomUUID()}`), {
          signal,
        });
        return { blocked: isBlockedBy(answer, rateRule), answer: summary(answer) };
      },
      until: ({ blocked, answer }) => !blocked && answer === '200',
      inARow: 3,
    });
    evidence('release', { afterStackSeconds: Math.round((clock.elapsedMs() - calmedMs) / 1000) });
  },
);
