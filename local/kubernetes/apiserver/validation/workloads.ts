import type { V1CronJob, V1Deployment, V1Job, V1JobSpec, V1ReplicaSet } from '@kubernetes/client-node';
import type { FieldErrors } from './field-errors.ts';
import { validateImmutable } from './metadata.ts';
import { atLeast, validatePodSpec, validateTemplate } from './pod-spec.ts';

export function validateDeployment({ spec }: V1Deployment, errors: FieldErrors): void {
  if (!spec) return;
  const { selector, template } = spec;
  validateTemplate({ selector, template, kind: 'deployment', restartPolicies: ['Always'] }, errors);
  atLeast(spec.replicas, 0, 'spec.replicas', errors);
  atLeast(spec.minReadySeconds, 0, 'spec.minReadySeconds', errors);
  atLeast(spec.revisionHistoryLimit, 0, 'spec.revisionHistoryLimit', errors);
  const { progressDeadlineSeconds = 600, minReadySeconds = 0 } = spec;
  if (progressDeadlineSeconds <= minReadySeconds) {
    const detail = 'must be greater than minReadySeconds';
    errors.invalid('spec.progressDeadlineSeconds', progressDeadlineSeconds, detail);
  }
  validateStrategy(spec.strategy, errors);
}

function validateStrategy(
  strategy: NonNullable<V1Deployment['spec']>['strategy'],
  errors: FieldErrors,
): void {
  const { type, rollingUpdate } = strategy ?? {};
  if (type === 'Recreate' && rollingUpdate) {
    const detail = "may not be specified when strategy `type` is 'Recreate'";
    errors.forbidden('spec.strategy.rollingUpdate', detail);
  }
  if (type !== 'RollingUpdate') return;
  for (const name of ['maxUnavailable', 'maxSurge'] as const) {
    const value = rollingUpdate?.[name];
    if (typeof value === 'string' && !/^\d+%$/.test(value)) {
      const detail =
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
      errors.invalid(`spec.strategy.rollingUpdate.${name}`, value, detail);
    }
  }
  if (isZero(rollingUpdate?.maxUnavailable) && isZero(rollingUpdate?.maxSurge)) {
    const detail = 'may not be 0 when `maxSurge` is 0';
    errors.invalid('spec.strategy.rollingUpdate.maxUnavailable', rollingUpdate?.maxUnavailable, detail);
  }
}

function isZero(value: unknown): boolean {
  return value === 0 || value === '0%';
}

export function validateReplicaSet({ spec }: V1ReplicaSet, errors: FieldErrors): void {
  if (!spec) return;
  const { selector, template } = spec;
  validateTemplate({ selector, template, kind: 'deployment', restartPolicies: ['Always'] }, errors);
  atLeast(spec.replicas, 0, 'spec.replicas', errors);
}

/** The selector of a Deployment and of a ReplicaSet is for life. */
export function validateSelectorUpdate(
  { spec }: V1Deployment | V1ReplicaSet,
  old: V1Deployment | V1ReplicaSet,
  errors: FieldErrors,
): void {
  validateImmutable('spec.selector', spec?.selector, old.spec?.selector, errors);
}

const finite = ['OnFailure', 'Never'];

export function validateJob({ spec }: V1Job, errors: FieldErrors): void {
  if (!spec) return;
  const { selector, template } = spec;
  validateTemplate({ selector, template, kind: 'job', restartPolicies: finite }, errors);
  for (const name of ['parallelism', 'completions', 'backoffLimit', 'activeDeadlineSeconds'] as const) {
    atLeast(spec[name], 0, `spec.${name}`, errors);
  }
  validateIndexes(spec, errors);
}

function validateIndexes(spec: V1JobSpec, errors: FieldErrors): void {
  const { completions, backoffLimitPerIndex, maxFailedIndexes } = spec;
  atLeast(backoffLimitPerIndex, 0, 'spec.backoffLimitPerIndex', errors);
  atLeast(maxFailedIndexes, 0, 'spec.maxFailedIndexes', errors);
  if (spec.completionMode === 'Indexed') {
    if (completions === undefined) errors.required('spec.completions', 'when completion mode is Indexed');
    if (maxFailedIndexes !== undefined && maxFailedIndexes > (completions ?? maxFailedIndexes))
      errors.invalid('spec.maxFailedIndexes', maxFailedIndexes, 'must be less than or equal to completions');
  } else {
    for (const name of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
      if (spec[name] !== undefined)
        errors.invalid(`spec.${name}`, spec[name], 'requires indexed completion mode');
    }
  }
  if (maxFailedIndexes !== undefined && backoffLimitPerIndex === undefined)
    errors.required('spec.backoffLimitPerIndex', 'when maxFailedIndexes is specified');
}

export function validateJobUpdate({ spec }: V1Job, old: V1Job, errors: FieldErrors): void {
  validateCompletions(spec, old.spec, errors);
  validateImmutable('spec.completionMode', spec?.completionMode, old.spec?.completionMode, errors);
  const limit = 'spec.backoffLimitPerIndex';
  validateImmutable(limit, spec?.backoffLimitPerIndex, old.spec?.backoffLimitPerIndex, errors);
  validateImmutable('spec.selector', spec?.selector, old.spec?.selector, errors);
  validateImmutable('spec.template', spec?.template, old.spec?.template, errors);
}

/** Elastic Indexed Jobs: completions may follow parallelism. */
function validateCompletions(
  spec: V1JobSpec | undefined,
  old: V1JobSpec | undefined,
  errors: FieldErrors,
): void {
  if (spec?.completionMode !== 'Indexed')
    validateImmutable('spec.completions', spec?.completions, old?.completions, errors);
  else if (spec.completions !== old?.completions && spec.completions !== spec.parallelism) {
    const detail = 'can only be modified in tandem with spec.parallelism';
    errors.invalid('spec.completions', spec.completions, detail);
  }
}

export function validateCronJob({ spec }: V1CronJob, errors: FieldErrors): void {
  const schedule = spec?.schedule ?? '';
  const fields = schedule.split(/\s+/);
  if (schedule !== '' && !schedule.startsWith('@') && fields.length !== 5) {
    const detail = `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`;
    errors.invalid('spec.schedule', schedule, detail);
  }
  const template = spec?.jobTemplate?.spec?.template;
  validatePodSpec(template?.spec, 'spec.jobTemplate.spec.template.spec', errors);
  const policy = template?.spec?.restartPolicy ?? 'Always';
  if (template && !finite.includes(policy)) {
    errors.notSupported('spec.jobTemplate.spec.template.spec.restartPolicy', policy, finite);
  }
}
