import { awaitTargetsHealthy } from '../../fixtures/awaits/targets-healthy.ts';
import { candidateIngress } from '../../fixtures/faults/edge/candidate-ingress.ts';
import { originSwitched, originSwitchedBack } from '../../fixtures/faults/edge/origin-switched.ts';
import { longestOutageMs } from '../../fixtures/load/outage.ts';
import { isServed } from '../../fixtures/load/stream.ts';
import { defectMutant } from '../../fixtures/mutants/defect.ts';
import { Inconclusive, must } from '../../fixtures/outcome.ts';
import { requirement } from '../../fixtures/requirement.ts';

/** Stack milliseconds on each origin once the distribution is deployed: requests must really have gone there. */
const stayMs = 10_000;
const leastRequests = 50;

export default requirement(
  {
    id: 'ORG-5',
    title: 'switches to a new load balancer and back without losing a request',
    level: 'core',
    layers: ['aws', 'kubernetes'],
    disrupts: ['edge'],
    faults: [candidateIngress.name, originSwitchedBack.name],
    refs: ['CloudFront Developer Guide, Updating a distribution'],
    mutants: [defectMutant('new-load-balancers-get-no-targets', /candidate load balancer/)],
  },
  async (session) => {
    const { deployment, clock, faults, load, viewerAddress, url, evidence, signal } = session;
    const candidate = await faults.inject(candidateIngress);
    const { hostname } = candidate.memo;
    if (!hostname) throw new Inconclusive('The candidate ingress has no load balancer to switch to');
    await awaitTargetsHealthy(session, { what: 'candidate load balancer', dnsName: hostname });
    const stream = load.start({
      stream: 'origin switch',
      url: `${url(deployment.edge.uncachedPath)}?switch={n}`,
      perWallSecond: 20,
      from: viewerAddress(),
    });
    await clock.sleep(stayMs, signal);
    const switched = await faults.inject(originSwitched(hostname));
    await clock.sleep(stayMs, signal);
    await switched.end();
    await clock.sleep(stayMs, signal);
    const { samples, failed, failures } = await stream.stop();
    if (samples.length < leastRequests)
      throw new Inconclusive(`Only ${samples.length} requests were sent, at least ${leastRequests} needed`);
    must(failed.length <= deployment.budgets.switchFailedRequests, 'The origin switch loses requests', {
      expected: `at most ${deployment.budgets.switchFailedRequests} of ${samples.length}`,
      observed: `${failed.length}, statuses ${[...new Set(failed.map(([, , status]) => status))].join(', ')} ${JSON.stringify(failures)}`,
    });
    await candidate.end();
    evidence('switch', {
      requests: samples.length,
      failed: failed.length,
      longestOutageMs: longestOutageMs(samples, (status) => isServed({}, status)),
    });
  },
);
