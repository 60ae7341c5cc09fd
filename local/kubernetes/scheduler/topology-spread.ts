import type { V1Pod, V1TopologySpreadConstraint } from '@kubernetes/client-node';
import { compileLabelSelector } from '../apiserver/label-selector.ts';
import { isTerminating } from '../pods.ts';
import type { NodeLoad } from './fit.ts';
import { matchesSelectors } from './fit.ts';

/** Kubernetes documentation, "Pod Topology Spread Constraints". Undefined when no hard constraint is broken. */
export function spreadViolation(
  pod: V1Pod,
  candidate: NodeLoad,
  all: readonly NodeLoad[],
): string | undefined {
  for (const constraint of constraintsOf(pod, 'DoNotSchedule')) {
    const domain = candidate.node.metadata?.labels?.[constraint.topologyKey];
    if (domain === undefined) {
      return "node(s) didn't match pod topology spread constraints (missing required label)";
    }
    const counts = countDomains(pod, constraint, all);
    const smallest = counts.size < (constraint.minDomains ?? 1) ? 0 : Math.min(...counts.values());
    const self = matcherOf(pod, constraint)(pod.metadata?.labels ?? {}) ? 1 : 0;
    if ((counts.get(domain) ?? 0) + self - smallest > constraint.maxSkew) {
      return "node(s) didn't match pod topology spread constraints";
    }
  }
  return undefined;
}

/** Lower is better: how crowded the node's domains are already, by the soft constraints. */
export function spreadCost(pod: V1Pod, candidate: NodeLoad, all: readonly NodeLoad[]): number {
  const own = constraintsOf(pod, 'ScheduleAnyway');
  const constraints =
    own.length > 0 || pod.spec?.topologySpreadConstraints?.length ? own : defaultConstraints(pod);
  return constraints.reduce((cost, constraint) => {
    const domain = candidate.node.metadata?.labels?.[constraint.topologyKey];
    const count = domain === undefined ? 0 : (countDomains(pod, constraint, all).get(domain) ?? 0);
    return cost + count / constraint.maxSkew;
  }, 0);
}

function constraintsOf({ spec }: V1Pod, when: string): readonly V1TopologySpreadConstraint[] {
  return (spec?.topologySpreadConstraints ?? []).filter(
    ({ whenUnsatisfiable }) => whenUnsatisfiable === when,
  );
}

/** The scheduler's built-in ones, which look at the pod's siblings; its labels stand for their controller's selector. */
function defaultConstraints({ metadata }: V1Pod): readonly V1TopologySpreadConstraint[] {
  const labels = metadata?.labels;
  if (!labels || !metadata?.ownerReferences?.length) return [];
  const soft = { whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: labels } };
  return [
    { ...soft, maxSkew: 3, topologyKey: 'kubernetes.io/hostname' },
    { ...soft, maxSkew: 5, topologyKey: 'topology.kubernetes.io/zone' },
  ];
}

/** Matching pods in each domain that has a node which the pod may run on. */
function countDomains(
  pod: V1Pod,
  constraint: V1TopologySpreadConstraint,
  all: readonly NodeLoad[],
): ReadonlyMap<string, number> {
  const matches = matcherOf(pod, constraint);
  const counts = new Map<string, number>();
  for (const { node, pods } of all) {
    const domain = node.metadata?.labels?.[constraint.topologyKey];
    if (domain === undefined || !isEligible(pod, constraint, node)) continue;
    const matching = pods.filter(
      (other) =>
        other.metadata?.namespace === pod.metadata?.namespace &&
        !isTerminating(other) &&
        matches(other.metadata?.labels ?? {}),
    );
    counts.set(domain, (counts.get(domain) ?? 0) + matching.length);
  }
  return counts;
}

/** `nodeAffinityPolicy: Honor` is the default; `nodeTaintsPolicy` is Ignore, so a tainted zone still counts as empty. */
function isEligible(
  pod: V1Pod,
  { nodeAffinityPolicy = 'Honor' }: V1TopologySpreadConstraint,
  node: NodeLoad['node'],
): boolean {
  return nodeAffinityPolicy === 'Ignore' || matchesSelectors(pod, node);
}

function matcherOf(
  { metadata }: V1Pod,
  { labelSelector, matchLabelKeys = [] }: V1TopologySpreadConstraint,
): (labels: Readonly<Record<string, string>>) => boolean {
  const matches = compileLabelSelector(labelSelector);
  return (labels) =>
    matches(labels) && matchLabelKeys.every((key) => labels[key] === metadata?.labels?.[key]);
}
