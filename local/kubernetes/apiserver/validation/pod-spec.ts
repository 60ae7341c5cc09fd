import type { V1LabelSelector, V1Pod, V1PodSpec, V1PodTemplateSpec } from '@kubernetes/client-node';
import { deepEqual } from '../json.ts';
import { compileLabelSelector } from '../label-selector.ts';
import { validateContainers } from './containers.ts';
import type { FieldErrors } from './field-errors.ts';
import { dnsLabelError } from './names.ts';

export function validatePodSpec(spec: V1PodSpec | undefined, path: string, errors: FieldErrors): void {
  if (!spec) return;
  const volumes = new Set<string>();
  spec.volumes?.forEach(({ name }, index) => {
    const problem = name ? dnsLabelError(name) : undefined;
    if (problem) errors.invalid(`${path}.volumes[${index}].name`, name, problem);
    if (name && volumes.has(name)) errors.duplicate(`${path}.volumes[${index}].name`, name);
    volumes.add(name);
  });
  validateContainers(spec.containers ?? [], volumes, `${path}.containers`, errors);
  validateContainers(spec.initContainers ?? [], volumes, `${path}.initContainers`, errors);
  atLeast(spec.terminationGracePeriodSeconds, 0, `${path}.terminationGracePeriodSeconds`, errors);
  spec.topologySpreadConstraints?.forEach(({ maxSkew }, index) => {
    const field = `${path}.topologySpreadConstraints[${index}].maxSkew`;
    if (maxSkew !== undefined && maxSkew <= 0) errors.invalid(field, maxSkew, 'must be greater than zero');
  });
}

export function atLeast(value: number | undefined, least: number, field: string, errors: FieldErrors): void {
  if (value !== undefined && value < least) {
    errors.invalid(field, value, `must be greater than or equal to ${least}`);
  }
}

interface Template {
  readonly selector: V1LabelSelector | undefined;
  readonly template: V1PodTemplateSpec | undefined;
  readonly kind: string;
  readonly restartPolicies: readonly string[];
}

/** What every owner of pods must say: a selector that its own pods match. */
export function validateTemplate(
  { selector, template, kind, restartPolicies }: Template,
  errors: FieldErrors,
): void {
  const empty = !selector?.matchLabels && !selector?.matchExpressions;
  if (selector && empty) {
    errors.invalid('spec.selector', selector, `empty selector is invalid for ${kind}`);
  }
  const labels = template?.metadata?.labels ?? {};
  if (selector && !empty && template && !compileLabelSelector(selector)(labels)) {
    errors.invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`');
  }
  validatePodSpec(template?.spec, 'spec.template.spec', errors);
  const policy = template?.spec?.restartPolicy;
  if (policy !== undefined && !restartPolicies.includes(policy)) {
    errors.notSupported('spec.template.spec.restartPolicy', policy, restartPolicies);
  }
}

/** Of a pod that exists, only a few fields may change; its node may be set once, as binding does. */
export function validatePodUpdate(pod: V1Pod, old: V1Pod, errors: FieldErrors): void {
  if (deepEqual(frozenPart(pod, old), frozenPart(old, old))) return;
  errors.forbidden(
    'spec',
    'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
  );
}

function frozenPart({ spec }: V1Pod, old: V1Pod): object {
  const {
    containers = [],
    initContainers = [],
    activeDeadlineSeconds,
    tolerations,
    nodeName,
    ...rest
  } = spec ?? { containers: [] };
  const before = old.spec?.tolerations ?? [];
  const kept = before.filter((toleration) =>
    (tolerations ?? []).some((other) => deepEqual(toleration, other)),
  );
  return {
    ...rest,
    nodeName: old.spec?.nodeName ? nodeName : undefined,
    tolerations: kept,
    containers: containers.map((container) => ({ ...container, image: undefined })),
    initContainers: initContainers.map((container) => ({ ...container, image: undefined })),
  };
}
