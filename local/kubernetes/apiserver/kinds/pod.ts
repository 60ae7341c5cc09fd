import type { V1Pod, V1Toleration } from '@kubernetes/client-node';
import { validatePodSpec, validatePodUpdate } from '../validation/pod-spec.ts';
import type { Kind } from './kind.ts';
import { defaultPodSpec } from './pod-spec.ts';

export const pod: Kind<V1Pod> = {
  generation: 'spec',
  validate: ({ spec }, errors) => validatePodSpec(spec, 'spec', errors),
  validateUpdate: validatePodUpdate,
  defaults: (object) => {
    const { spec } = object;
    if (!spec) return;
    defaultPodSpec(spec);
    spec.enableServiceLinks ??= true;
    for (const { resources } of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
      if (resources?.limits) resources.requests = { ...resources.limits, ...resources.requests };
    }
  },
  prepareCreate: (object) => {
    object.status = { phase: 'Pending', qosClass: qualityOfService(object) };
    if (!object.spec) return;
    admitServiceAccount(object.spec);
    // Admission plugins Priority and DefaultTolerationSeconds, both on by default.
    object.spec.priority ??= 0;
    object.spec.preemptionPolicy ??= 'PreemptLowerPriority';
    object.spec.tolerations = tolerateUnreadyNodes(object.spec.tolerations ?? []);
  },
};

function admitServiceAccount(spec: NonNullable<V1Pod['spec']>): void {
  spec.serviceAccountName ??= 'default';
  spec.serviceAccount ??= spec.serviceAccountName;
}

function tolerateUnreadyNodes(tolerations: V1Toleration[]): V1Toleration[] {
  const added = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']
    .filter((key) => !tolerations.some((held) => tolerates(held, key)))
    .map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }));
  return [...tolerations, ...added];
}

function tolerates({ key, effect }: V1Toleration, taint: string): boolean {
  return (!key || key === taint) && (!effect || effect === 'NoExecute');
}

/** Guaranteed, Burstable or BestEffort by the requests and limits of all containers. */
function qualityOfService({ spec }: V1Pod): string {
  const all = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  const names = ['cpu', 'memory'];
  const asked = all.flatMap(({ resources }) =>
    names.flatMap((name) => [resources?.requests?.[name], resources?.limits?.[name]]),
  );
  if (asked.every((quantity) => quantity === undefined)) return 'BestEffort';
  const exact = all.every(({ resources }) =>
    names.every((name) => {
      const limit = resources?.limits?.[name];
      return limit !== undefined && (resources?.requests?.[name] ?? limit) === limit;
    }),
  );
  return exact ? 'Guaranteed' : 'Burstable';
}
