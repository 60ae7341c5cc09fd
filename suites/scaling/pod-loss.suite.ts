import { podDeleted, podKilled } from '../../fixtures/faults/workload/pod-removed.ts';
import type { Sample } from '../../fixtures/load/stream.ts';
import { workloadMutant } from '../../fixtures/mutants/workload.ts';
import { Inconclusive, must } from '../../fixtures/outcome.ts';
import { requirement } from '../../fixtures/requirement.ts';

/** The pod ends at once on SIGTERM, while the load balancer still sends to it (reference §0, "Rollout"). */
const noPreStop = workloadMutant('no-pre-stop-hook', /deleted gracefully/, async () => [
  { op: 'remove', path: '/spec/template/spec/containers/0/lifecycle' },
]);

/** Stack milliseconds of healthy traffic before and after each loss. */
const calmMs = 10_000;
const streams = 3;

export default requirement(
  {
    id: 'POD-1',
    title:
      'loses no request when a pod is deleted gracefully; a killed one costs requests only until it is out of rotation',
    level: 'core',
    layers: ['edge'],
    disrupts: ['kubernetes'],
    faults: [podDeleted.name, podKilled.name],
    needs: ['pods-as-processes'],
    refs: [
      'Kubernetes, Pod Lifecycle, Termination of Pods',
      'ELB User Guide, Health checks for target groups',
    ],
    mutants: [noPreStop],
  },
  async ({ deployment, clock, faults, load, viewerAddress, url, evidence, signal }) => {
    const traffic = Array.from({ length: streams }, (_, index) =>
      load.start({
        stream: `pod loss ${index + 1}`,
        url: `${url(deployment.edge.uncachedPath)}?pod=${index}-{n}`,
        perWallSecond: 20,
        from: viewerAddress(),
      }),
    );
    await clock.sleep(calmMs, signal);
    const deleted = await faults.inject(podDeleted);
    await deleted.end();
    await clock.sleep(calmMs, signal);
    const killRequestedAtMs = Date.now();
    const killed = await faults.inject(podKilled);
    await killed.end();
    await clock.sleep(calmMs, signal);
    const results = await Promise.all(traffic.map((stream) => stream.stop()));
    const samples = results.flatMap((result) => result.samples);
    const failed = results.flatMap((result) => result.failed);
    const gracefully = failed.filter(([at]) => at < killRequestedAtMs);
    if (samples.length < 100)
      throw new Inconclusive(`Only ${samples.length} requests were sent, at least 100 needed`);
    must(gracefully.length === 0, 'Requests are lost when a pod is deleted gracefully', {
      expected: 0,
      observed: describe(
        gracefully,
        results.map(({ failures }) => failures),
      ),
    });
    const { intervalSeconds, unhealthyThreshold } = deployment.loadBalancer.healthCheck;
    const boundWallMs = clock.ioTimeoutWallMs(intervalSeconds * (unhealthyThreshold + 1) * 1000);
    const late = failed.filter(([at]) => at > killRequestedAtMs + boundWallMs);
    must(late.length === 0, 'A killed pod costs requests after it should be out of rotation', {
      expected: `none later than ${Math.round(boundWallMs)} ms after the kill`,
      observed: describe(late, []),
    });
    evidence('pod loss', {
      requests: samples.length,
      lostGracefully: gracefully.length,
      lostByKill: failed.length - gracefully.length,
    });
  },
);

function describe(failed: readonly Sample[], failures: readonly object[]): string {
  return `${failed.length}, statuses ${[...new Set(failed.map(([, , status]) => status))].join(', ')} ${JSON.stringify(failures)}`;
}
