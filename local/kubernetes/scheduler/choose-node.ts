import type { V1Node, V1Pod } from '@kubernetes/client-node';
import { quantityValue } from '../apiserver/quantity.ts';
import { requestOf } from '../pods.ts';
import type { NodeLoad } from './fit.ts';
import { explainMisfits, misfits } from './fit.ts';
import { spreadCost } from './topology-spread.ts';

export type Choice = { readonly node: V1Node } | { readonly unschedulable: string };

/** Filters, then scores: soft spreading first, then the least allocated node, then the first by name. */
export function chooseNode(pod: V1Pod, loads: readonly NodeLoad[]): Choice {
  const reasons = loads.map((load) => misfits(pod, load, loads));
  const fitting = loads.filter((_, index) => reasons[index]?.length === 0);
  const [best] = fitting
    .map((load) => ({ load, key: [spreadCost(pod, load, loads), allocated(load)] }))
    .sort((left, right) => compare(left.key, right.key) || byName(left.load, right.load));
  return best ? { node: best.load.node } : { unschedulable: explainMisfits(reasons) };
}

/** The mean share of CPU and memory that is asked for (NodeResourcesFit, LeastAllocated). */
function allocated({ node, pods }: NodeLoad): number {
  const shares = (['cpu', 'memory'] as const).map((resource) => {
    const capacity = quantityValue(node.status?.allocatable?.[resource] ?? '1');
    return pods.reduce((sum, { spec }) => sum + requestOf(spec, resource), 0) / capacity;
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

function compare(left: readonly number[], right: readonly number[]): number {
  const index = left.findIndex((value, at) => Math.abs(value - (right[at] ?? 0)) > 1e-9);
  return index < 0 ? 0 : (left[index] ?? 0) - (right[index] ?? 0);
}

function byName(left: NodeLoad, right: NodeLoad): number {
  return (left.node.metadata?.name ?? '') < (right.node.metadata?.name ?? '') ? -1 : 1;
}
