import type { PodUsage } from './controllers/pod-metrics.ts';
import type { Kubelet } from './kubelet/kubelet.ts';

/** The metrics API as the autoscaler asks it. */
export function podUsage(kubelet: Kubelet): (namespace: string, pod: string) => PodUsage | undefined {
  return (namespace, name) => {
    const sample = kubelet.usageOf(namespace, name);
    const worker = kubelet.findPod(namespace, name);
    if (!sample || !worker) return undefined;
    const { containers, sampledAtMs, windowMs } = sample;
    const { startedAtMs, readySinceMs } = worker;
    return {
      cpuCores: containers.reduce((sum, { cpuCores }) => sum + cpuCores, 0),
      memoryBytes: containers.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
      sampledAtMs,
      windowMs,
      startedAtMs,
      readySinceMs,
    };
  };
}
