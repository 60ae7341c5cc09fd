import { originUnreachable } from '../../fixtures/faults/origin-unreachable.ts';
import { distributionMutant } from '../../fixtures/mutants/distribution.ts';
import { must } from '../../fixtures/outcome.ts';
import { summary } from '../../fixtures/probes/http.ts';
import { requirement } from '../../fixtures/requirement.ts';

/** No custom error response: viewers get CloudFront's own error. */
const noErrorPages = distributionMutant('no-error-pages', /maintenance page/, (config) => ({
  ...config,
  CustomErrorResponses: { Quantity: 0 },
}));

const samplePaths = 4;

export default requirement(
  {
    id: 'ORG-1',
    title: 'shows the maintenance page for a path never cached, with its status, while the main origin fails',
    level: 'core',
    layers: ['aws', 'kubernetes'],
    disrupts: ['edge'],
    refs: ['CloudFront Developer Guide, Generating custom error responses'],
    mutants: [noErrorPages],
  },
  async ({ deployment, faults, viewer, url, evidence, signal }) => {
    const { maintenance, uncachedPath } = deployment.edge;
    const look = viewer({ timeoutMs: 30_000 });
    const healthy = await look.get(url(`${uncachedPath}?before=${crypto.randomUUID()}`), { signal });
    must(healthy.answered && healthy.status === 200, 'The path does not answer before the origin fails', {
      expected: 200,
      observed: summary(healthy),
    });
    const fault = await faults.inject(originUnreachable);
    const answers = await Promise.all(
      Array.from({ length: samplePaths }, () =>
        look.get(url(`${uncachedPath}?during=${crypto.randomUUID()}`), { signal }),
      ),
    );
    for (const answer of answers)
      must(
        answer.answered && answer.status === maintenance.status && answer.body.includes(maintenance.contains),
        'The maintenance page is not shown while the main origin fails',
        {
          expected: `${maintenance.status} with "${maintenance.contains}"`,
          observed: answer.answered ? `${answer.status} ${answer.body.slice(0, 200)}` : answer.code,
        },
      );
    await fault.end();
    evidence('maintenance page', answers.map(summary));
  },
);
