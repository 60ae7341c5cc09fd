import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { eventually } from '../../fixtures/eventually.ts';
import { underRateLimit } from '../../fixtures/load/under-rate-limit.ts';
import type { Mutant } from '../../fixtures/mutants/mutant.ts';
import { requirement } from '../../fixtures/requirement.ts';
import { promised } from '../../fixtures/timeouts.ts';

/** A target that no load of ours reaches: the autoscaler sees no reason to act. */
const targetOutOfReach: Mutant = {
  name: 'autoscaler-target-out-of-reach',
  via: 'kubernetes',
  reason: /replicas/,
  apply: async ({ stack, deployment }) => {
    const { namespace, name } = deployment.workload;
    const { autoscaling } = stack.kubernetes;
    const path = '/spec/metrics/0/resource/target/averageUtilization';
    const { spec } = await autoscaling.readNamespacedHorizontalPodAutoscaler({ namespace, name });
    const before = spec?.metrics?.[0]?.resource?.target.averageUtilization;
    const replace = (value: unknown) =>
      autoscaling.patchNamespacedHorizontalPodAutoscaler(
        { namespace, name, body: [{ op: 'replace', path, value }] },
        setHeaderOptions('Content-Type', PatchStrategy.JsonPatch),
      );
    await replace(100_000);
    return async () => void (await replace(before));
  },
};

/** Three viewers, each under half of the rate limit; together about half a CPU. */
const burners = 3;
const burnMs = 12;

export default requirement(
  {
    id: 'HPA-1',
    title: 'adds replicas under load within its objective',
    level: 'core',
    layers: ['edge'],
    disrupts: ['kubernetes'],
    applies: ({ autoscaling }) => autoscaling !== 'none',
    refs: ['Kubernetes, Horizontal Pod Autoscaling, Algorithm details'],
    mutants: [targetOutOfReach],
  },
  async ({ deployment, stack, clock, load, viewerAddress, url, evidence, signal }) => {
    if (deployment.autoscaling === 'none') return;
    const { scaleUpSeconds, maxReplicas } = deployment.autoscaling;
    const { namespace, name } = deployment.workload;
    const look = async () => {
      const { spec, status } = await stack.kubernetes.apps.readNamespacedDeployment({ namespace, name });
      return { wanted: spec?.replicas ?? 0, ready: status?.readyReplicas ?? 0 };
    };
    const before = await look();
    const perWallSecond = underRateLimit({ deployment, clock }, 15);
    const streams = Array.from({ length: burners }, (_, index) =>
      load.start({
        stream: `burn ${index + 1}`,
        url: `${url('/api/v1/burn')}?ms=${burnMs}&n={n}`,
        method: 'POST',
        perWallSecond,
        from: viewerAddress(),
        shardable: true,
      }),
    );
    await Promise.all(streams.map(({ begun }) => begun));
    const startedMs = clock.elapsedMs();
    const after = await eventually({
      clock,
      signal,
      what: `replicas to be added and ready under load (${before.ready} before)`,
      within: promised(scaleUpSeconds, 2, 'the declared scale-up objective'),
      look,
      until: ({ ready }) => ready > Math.min(before.ready, maxReplicas - 1),
    });
    const tookStackSeconds = (clock.elapsedMs() - startedMs) / 1000;
    await Promise.all(streams.map((stream) => stream.stop()));
    evidence('scale up', { before, after, tookStackSeconds: Math.round(tookStackSeconds) });
  },
);
