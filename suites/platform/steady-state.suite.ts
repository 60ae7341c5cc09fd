import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { awaitCurrentPodsInRotation } from '../../fixtures/awaits/targets-healthy.ts';
import type { Mutant } from '../../fixtures/mutants/mutant.ts';
import { must } from '../../fixtures/outcome.ts';
import { summary } from '../../fixtures/probes/http.ts';
import { requirement } from '../../fixtures/requirement.ts';

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
    const streams = steadyState.map(({ path }, index) =>
      load.start({
        stream: `steady ${path}`,
        url: `${url(path)}?steady=${index}-{n}`,
        perWallSecond: 10,
        from: viewerAddress(),
      }),
    );
    await clock.sleep(budgets.steadySeconds * 1000, signal);
    const results = await Promise.all(streams.map((stream) => stream.stop()));
    const samples = results.flatMap((result) => result.samples);
    const served = samples.filter(([, , status]) => status >= 200 && status < 400).length;
    const latencies = samples.map(([, latency]) => latency).sort((a, b) => a - b);
    const p99Ms = latencies[Math.floor(latencies.length * 0.99)] ?? Number.POSITIVE_INFINITY;
    evidence('steady state', { requests: samples.length, served, p99Ms: Math.round(p99Ms) });
    must(
      samples.length > 0 && served / samples.length >= budgets.availability,
      'The steady state misses its availability',
      {
        expected: `at least ${budgets.availability} of requests served`,
        observed: `${served} of ${samples.length}; failures ${JSON.stringify(results.map(({ failures }) => failures))}`,
      },
    );
    must(p99Ms <= budgets.latencyP99Ms, 'The steady state misses its latency', {
      expected: `p99 at most ${budgets.latencyP99Ms} ms`,
      observed: `${p99Ms.toFixed(0)} ms`,
    });
  },
);
