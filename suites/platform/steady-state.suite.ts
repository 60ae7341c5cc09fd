import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { awaitCurrentPodsInRotation } from '../../fixtures/awaits/targets-healthy.ts';
import { mergeHistograms } from '../../fixtures/load/histogram.ts';
import type { LoadStream } from '../../fixtures/load/load.ts';
import { isServed } from '../../fixtures/load/stream.ts';
import { underRateLimit } from '../../fixtures/load/under-rate-limit.ts';
import type { Mutant } from '../../fixtures/mutants/mutant.ts';
import { Inconclusive, must } from '../../fixtures/outcome.ts';
import { summary } from '../../fixtures/probes/http.ts';
import { requirement } from '../../fixtures/requirement.ts';
import type { Session } from '../../fixtures/session.ts';
import type { ShareClaim } from '../../fixtures/statistics/sequential-test.ts';
import { judgeShare } from '../../fixtures/statistics/sequential-test.ts';
import { wilsonInterval } from '../../fixtures/statistics/wilson.ts';

/** The Service selects no pod: the load balancer has no target to send to. */
const serviceSelectsNothing: Mutant = {
  name: 'service-selects-nothing',
  via: 'kubernetes',
  reason: /steady state/,
  apply: async (session) => {
    const { stack, deployment } = session;
    const { namespace, name } = deployment.workload;
    const { core } = stack.kubernetes;
    const before = (await core.readNamespacedService({ namespace, name })).spec?.selector;
    const select = (value: unknown) =>
      core.patchNamespacedService(
        { namespace, name, body: [{ op: 'replace', path: '/spec/selector', value }] },
        setHeaderOptions('Content-Type', PatchStrategy.JsonPatch),
      );
    await select({ 'app.kubernetes.io/name': 'nothing' });
    return async () => {
      await select(before);
      await awaitCurrentPodsInRotation(session, new AbortController().signal);
    };
  },
};

export default requirement(
  {
    id: 'STEADY-1',
    title:
      'serves its declared probe set, with no fault in force, within its objective for the declared time',
    level: 'core',
    layers: ['edge', 'kubernetes', 'database'],
    refs: ['Principles of Chaos Engineering, steady state'],
    mutants: [serviceSelectsNothing],
  },
  async ({ deployment, clock, load, viewer, viewerAddress, url, evidence, signal }) => {
    const { steadyState, budgets } = deployment;
    const look = viewer();
    for (const probe of steadyState) {
      const answer = await look.get(url(probe.path), { signal });
      const holds =
        answer.answered &&
        answer.status === probe.status &&
        (!probe.contains || answer.body.includes(probe.contains));
      must(holds, `The steady state does not hold: GET ${probe.path} is not what the deployment declares`, {
        expected: `${probe.status}${probe.contains ? ` with "${probe.contains}"` : ''}`,
        observed: summary(answer),
      });
    }
    const addresses = steadyState.map(() => viewerAddress());
    const sharing = addresses.includes(undefined) ? steadyState.length : 1;
    const streams = steadyState.map(({ path }, index) =>
      load.start({
        stream: `steady ${path}`,
        url: `${url(path)}?steady=${index}-{n}`,
        perWallSecond: underRateLimit({ deployment, clock }, 22, sharing),
        from: addresses[index],
      }),
    );
    const claim = availabilityClaim(budgets.availability);
    await untilTold({ streams, claim, steadySeconds: budgets.steadySeconds, clock, signal });
    const results = await Promise.all(streams.map((stream) => stream.stop()));
    const requests = results.flatMap(({ samples }) => samples).length;
    const failed = results.flatMap((result) => result.failed).length;
    const p99Ms = mergeHistograms(results.map(({ latency }) => latency)).percentileMs(99);
    const { low, high } = wilsonInterval(failed, requests);
    evidence('steady state', {
      requests,
      failed,
      failureShare95: [low, high],
      claim,
      p99Ms: Math.round(p99Ms),
    });
    const verdict = judgeShare(failed, requests, claim);
    must(verdict !== 'violated', 'The steady state misses its availability', {
      expected: `at least ${budgets.availability} of requests served`,
      observed: `${failed} of ${requests} failed; ${JSON.stringify(results.map(({ failures }) => failures))}`,
    });
    must(p99Ms <= budgets.latencyP99Ms, 'The steady state misses its latency', {
      expected: `p99 at most ${budgets.latencyP99Ms} ms`,
      observed: `${p99Ms.toFixed(0)} ms`,
    });
    if (verdict === 'undecided')
      throw new Inconclusive(
        `${failed} of ${requests} requests failed: too few requests to tell an availability of ${budgets.availability} from ${1 - claim.detectable}`,
      );
  },
);

/** Of the declared time, while statistics cannot tell yet. */
const longestTimes = 10;

/** The declared time, and longer while the requests so far decide nothing. */
async function untilTold({
  streams,
  claim,
  steadySeconds,
  clock,
  signal,
}: {
  readonly streams: readonly LoadStream[];
  readonly claim: ShareClaim;
  readonly steadySeconds: number;
} & Pick<Session, 'clock' | 'signal'>): Promise<void> {
  const startedMs = clock.elapsedMs();
  const isTold = () => {
    const samples = streams.flatMap((stream) => stream.samples);
    const failed = samples.filter(([, , status]) => !isServed({}, status)).length;
    return judgeShare(failed, samples.length, claim) !== 'undecided';
  };
  for (;;) {
    const elapsedSeconds = (clock.elapsedMs() - startedMs) / 1000;
    if (elapsedSeconds >= steadySeconds * (isTold() ? 1 : longestTimes)) return;
    await clock.sleep(1000, signal);
  }
}

/** Ten times the promised share of failures, or 1 %, is what a run of minutes can tell from it. */
function availabilityClaim(availability: number): ShareClaim {
  const bound = 1 - availability;
  return { bound, detectable: Math.min(0.99, Math.max(0.01, 10 * bound)), alpha: 0.001, beta: 0.05 };
}
