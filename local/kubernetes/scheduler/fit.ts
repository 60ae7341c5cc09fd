import type { V1Node, V1NodeSelectorRequirement, V1Pod, V1Taint } from '@kubernetes/client-node';
import { quantityValue } from '../apiserver/quantity.ts';
import { requestOf } from '../pods.ts';
import { nodeTaints, tolerates } from '../taints.ts';
import { spreadViolation } from './topology-spread.ts';

/** A node and the pods that hold its resources. */
export interface NodeLoad {
  readonly node: V1Node;
  readonly pods: readonly V1Pod[];
}

/** Why a pod may not be placed on a node, in the scheduler's own words; empty when it may. */
export function misfits(pod: V1Pod, load: NodeLoad, all: readonly NodeLoad[]): readonly string[] {
  const { node } = load;
  if (node.spec?.unschedulable && !toleratesUnschedulable(pod)) return ['node(s) were unschedulable'];
  if (pod.spec?.nodeName && pod.spec.nodeName !== node.metadata?.name) {
    return ["node(s) didn't match the requested node name"];
  }
  const taint = untolerated(pod, node);
  if (taint) return [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`];
  if (!matchesSelectors(pod, node)) return ["node(s) didn't match Pod's node affinity/selector"];
  const shortages = insufficient(pod, load);
  if (shortages.length > 0) return shortages;
  const violation = spreadViolation(pod, load, all);
  return violation ? [violation] : [];
}

/** `0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu.` */
export function explainMisfits(reasons: readonly (readonly string[])[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons.flat()) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const parts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  const total = `0/${reasons.length} nodes are available`;
  if (parts.length === 0) return `no nodes available to schedule pods`;
  return `${total}: ${parts.join(', ')}. preemption: ${total}: ${reasons.length} Preemption is not helpful for scheduling.`;
}

function untolerated({ spec }: V1Pod, node: V1Node): V1Taint | undefined {
  return (node.spec?.taints ?? []).find(
    (taint) => taint.effect !== 'PreferNoSchedule' && !tolerates(spec?.tolerations, taint),
  );
}

function toleratesUnschedulable({ spec }: V1Pod): boolean {
  return tolerates(spec?.tolerations, { key: nodeTaints.unschedulable, effect: 'NoSchedule' });
}

function insufficient(pod: V1Pod, { node, pods }: NodeLoad): string[] {
  const allocatable = node.status?.allocatable ?? node.status?.capacity ?? {};
  const missing: string[] = [];
  if (pods.length + 1 > quantityValue(allocatable.pods ?? '110')) missing.push('Too many pods');
  for (const resource of ['cpu', 'memory'] as const) {
    const asked = requestOf(pod.spec, resource);
    const used = pods.reduce((sum, other) => sum + requestOf(other.spec, resource), 0);
    const free = quantityValue(allocatable[resource] ?? '0') - used;
    if (asked > 0 && asked > free + 1e-9) missing.push(`Insufficient ${resource}`);
  }
  return missing;
}

/** `nodeSelector` and the required node affinity. */
export function matchesSelectors({ spec }: V1Pod, { metadata }: V1Node): boolean {
  const labels = metadata?.labels ?? {};
  const selected = Object.entries(spec?.nodeSelector ?? {}).every(([key, value]) => labels[key] === value);
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const terms = required?.nodeSelectorTerms;
  return (
    selected && (!terms || terms.some(({ matchExpressions = [] }) => allMatch(matchExpressions, labels)))
  );
}

function allMatch(
  requirements: readonly V1NodeSelectorRequirement[],
  labels: Record<string, string>,
): boolean {
  return requirements.every(({ key, operator, values = [] }) => {
    const label = labels[key];
    if (operator === 'Exists') return label !== undefined;
    if (operator === 'DoesNotExist') return label === undefined;
    if (operator === 'In') return label !== undefined && values.includes(label);
    if (operator === 'NotIn') return label === undefined || !values.includes(label);
    const bound = Number(values[0]);
    return operator === 'Gt' ? Number(label) > bound : Number(label) < bound;
  });
}
