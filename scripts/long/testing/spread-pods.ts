import { readyPods } from '../../../fixtures/faults/pods/chosen-pod.ts';
import type { Stack } from '../../../provisioning/attach.ts';
import type { Deployment } from '../../../provisioning/deployment/schema.ts';
import { until } from './until.ts';

/**
 * Pods that left a drained or lost node do not come back by themselves, and a node fault needs ready pods on two: one
 * of a crowd is deleted, so that the scheduler places it anew.
 */
export async function spreadPods(stack: Stack, deployment: Deployment): Promise<void> {
  const { namespace, replicas } = deployment.workload;
  await until('ready pods of the workload on two nodes', 120_000, async () => {
    const pods = await readyPods({ stack, deployment });
    if (pods.length < replicas) return false;
    if (new Set(pods.map(({ spec }) => spec?.nodeName)).size >= 2) return true;
    const name = pods[0]?.metadata?.name ?? '';
    await stack.kubernetes.core.deleteNamespacedPod({ namespace, name });
    await until(`pod ${name} to be gone`, 60_000, async () =>
      (await readyPods({ stack, deployment })).every(({ metadata }) => metadata?.name !== name),
    );
    return false;
  });
}
