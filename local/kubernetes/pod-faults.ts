import type { Breakable, PodEffect, PodFault } from '../base/plane-fault.ts';
import type { ControlGroup } from './kubelet/control-group.ts';
import type { Kubelet } from './kubelet/kubelet.ts';
import type { KubeletPorts } from './kubelet/kubelet-context.ts';
import { createOpenFileLimits } from './kubelet/open-file-limits.ts';
import type { Stress } from './kubelet/stressor.ts';
import { startStressor } from './kubelet/stressor.ts';

export interface PodFaultsOptions {
  readonly kubelet: Pick<Kubelet, 'findPod'>;
  readonly ports: Pick<KubeletPorts, 'onProcess' | 'onProcessExit'>;
}

type Undo = () => Promise<void> | void;

/**
 * Breaks pods from outside of them. What is broken is this run of the pod's containers: one that is started again,
 * say by its liveness probe, is whole, as it would be on a real node.
 */
export function createPodFaults({ kubelet, ports }: PodFaultsOptions): Breakable<PodFault> {
  const broken = new Map<string, Promise<Undo>>();
  const openFiles = createOpenFileLimits();

  const begin = async (id: string, fault: PodFault): Promise<Undo> => {
    const groups = runningGroups(kubelet, fault);
    const { effect } = fault;
    switch (effect.kind) {
      case 'kill':
        for (const group of groups) group.signal('SIGKILL');
        return nothing;
      case 'hang':
        await Promise.all(groups.map((group) => group.freeze(id)));
        return () => {
          for (const group of groups) group.thaw(id);
        };
      case 'cpu-stress':
      case 'memory-stress': {
        const stressor = await startStressor(stressOf(effect), groups[0], ports);
        return () => stressor.end();
      }
      case 'file-descriptors':
        await Promise.all(groups.map((group) => openFiles.limit(id, group)));
        return async () => {
          await Promise.all(groups.map((group) => openFiles.restore(id, group)));
        };
      default:
        throw new TypeError(
          `Cannot break a pod by "${String((effect as PodEffect)?.kind)}": expected kill, hang, cpu-stress, memory-stress or file-descriptors`,
        );
    }
  };

  return {
    break: async (id, fault) => {
      const undo = broken.get(id) ?? begin(id, fault);
      broken.set(id, undo);
      try {
        await undo;
        if (fault.effect.kind === 'kill') broken.delete(id);
      } catch (error) {
        broken.delete(id);
        throw error;
      }
    },
    mend: async (id) => {
      const undo = await broken.get(id);
      await undo?.();
      broken.delete(id);
    },
  };
}

function nothing(): void {
  // A kill cannot be undone.
}

function runningGroups(
  kubelet: Pick<Kubelet, 'findPod'>,
  { namespace, pod }: PodFault,
): [ControlGroup, ...ControlGroup[]] {
  const [first, ...rest] = (kubelet.findPod(namespace, pod)?.containers ?? []).flatMap(
    ({ group }) => group ?? [],
  );
  if (!first)
    throw new Error(`Cannot break the pod ${namespace}/${pod}: expected a running container, got none`);
  return [first, ...rest];
}

function stressOf(effect: Extract<PodEffect, { kind: 'cpu-stress' | 'memory-stress' }>): Stress {
  return effect.kind === 'cpu-stress'
    ? { kind: 'cpu', cpus: effect.cpus }
    : { kind: 'memory', bytes: effect.bytes };
}
