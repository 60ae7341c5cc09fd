import { workloadScaledToZero } from '../../fixtures/faults/workload/workload-scaled-to-zero.ts';
import { watchUsers } from '../../fixtures/load/watch-users.ts';
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
    layers: ['aws'],
    disrupts: ['edge', 'kubernetes'],
    faults: [workloadScaledToZero.name],
    refs: ['CloudFront Developer Guide, Generating custom error responses'],
    mutants: [noErrorPages],
  },
  async (session) => {
    const { deployment, faults, viewer, url, evidence, signal } = session;
    const { maintenance, uncachedPath } = deployment.edge;
    const look = viewer({ timeoutMs: 30_000 });
    const healthy = await look.get(url(`${uncachedPath}?before=${crypto.randomUUID()}`), { signal });
    must(healthy.answered && healthy.status === 200, 'The path does not answer before the origin fails', {
      expected: 200,
      observed: summary(healthy),
    });
    const users = watchUsers(session, deployment.edge.uncachedPath);
    const fault = await faults.inject(workloadScaledToZero);
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
    await users.stop();
    evidence('maintenance page', answers.map(summary));
  },
);
