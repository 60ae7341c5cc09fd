import type { V1Lease, V1Node } from '@kubernetes/client-node';
import type { Clock } from '../../base/clock.ts';
import type { KubernetesApi } from '../api.ts';
import { findCondition } from '../conditions.ts';
import { resources } from '../resources.ts';

/** When each node was last heard of, by this controller's own clock, as kube-controller-manager keeps it. */
export interface NodeHeartbeats {
  /** Looks at all nodes; call it each `monitorPeriodMs`. */
  observe(nodes: readonly V1Node[]): void;
  /** Not heard of for longer than the grace period. */
  isSilent(node: V1Node): boolean;
  /** Every node begins anew. */
  forgive(): void;
}

/** `--node-monitor-period`. */
export const monitorPeriodMs = 5_000;
/** `--node-monitor-grace-period`, 50 s since Kubernetes 1.32. */
const graceMs = 50_000;

export function createNodeHeartbeats(api: KubernetesApi, clock: Clock): NodeHeartbeats {
  const heard = new Map<string, { sign: string; atMs: number }>();
  let lookedMs = clock.elapsedMs();
  const forgive = (): void => {
    for (const beat of heard.values()) beat.atMs = clock.elapsedMs();
  };
  return {
    observe: (nodes) => {
      const nowMs = clock.elapsedMs();
      // Kubelets live in this process: one that was held up itself cannot tell that they were silent.
      if (nowMs - lookedMs > 4 * monitorPeriodMs) forgive();
      lookedMs = nowMs;
      for (const node of nodes) {
        const name = node.metadata?.name ?? '';
        const sign = signOfLife(api, node);
        if (heard.get(name)?.sign !== sign) heard.set(name, { sign, atMs: nowMs });
      }
    },
    isSilent: (node) => {
      const beat = heard.get(node.metadata?.name ?? '');
      // It may have spoken since the last look.
      return beat?.sign === signOfLife(api, node) && clock.elapsedMs() - beat.atMs > graceMs;
    },
    forgive,
  };
}

function signOfLife(api: KubernetesApi, { metadata, status }: V1Node): string {
  const lease = api.get<V1Lease>(resources.leases, 'kube-node-lease', metadata?.name ?? '');
  const ready = findCondition(status?.conditions, 'Ready');
  return `${lease?.spec?.renewTime} ${ready?.lastHeartbeatTime}`;
}
