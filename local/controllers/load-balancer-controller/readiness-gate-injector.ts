import type { V1Pod, V1Service } from '@kubernetes/client-node';
import { gateOf } from './reconcile-targets.ts';

export interface GateInjectorOptions {
  /** Whether the namespace carries `elbv2.k8s.aws/pod-readiness-gate-inject=enabled`. */
  injects(namespace: string): boolean;
  /** The target groups that are bound in a namespace, with the service of each. */
  bindings(
    namespace: string,
  ): readonly { readonly targetGroup: string; readonly service: V1Service | undefined }[];
}

/**
 * The controller's admission: a pod that a bound service selects gets the gate of its target group, at creation only.
 * A pod that is created before the binding has none, as on a real cluster (reference §5).
 */
export function createReadinessGateInjector({
  injects,
  bindings,
}: GateInjectorOptions): (pod: V1Pod) => V1Pod {
  return (pod) => {
    const namespace = pod.metadata?.namespace ?? 'default';
    if (!pod.spec || !injects(namespace)) return pod;
    const present = pod.spec.readinessGates ?? [];
    const added = bindings(namespace)
      .filter(({ service }) => selects(service, pod))
      .map(({ targetGroup }) => gateOf(targetGroup))
      .filter((gate) => !present.some(({ conditionType }) => conditionType === gate));
    if (added.length === 0) return pod;
    const readinessGates = [...present, ...added.map((conditionType) => ({ conditionType }))];
    return { ...pod, spec: { ...pod.spec, readinessGates } };
  };
}

export function selects(service: V1Service | undefined, pod: V1Pod): boolean {
  const selector = Object.entries(service?.spec?.selector ?? {});
  return selector.length > 0 && selector.every(([name, value]) => pod.metadata?.labels?.[name] === value);
}
