import type {
  V1PodDisruptionBudget,
  V2HorizontalPodAutoscaler,
  V2HPAScalingRules,
  V2MetricSpec,
} from '@kubernetes/client-node';
import type { FieldErrors } from './field-errors.ts';
import { atLeast } from './pod-spec.ts';

export function validateHorizontalPodAutoscaler(
  { spec }: V2HorizontalPodAutoscaler,
  errors: FieldErrors,
): void {
  if (!spec) return;
  const { minReplicas = 1, maxReplicas } = spec;
  atLeast(minReplicas, 1, 'spec.minReplicas', errors);
  if (maxReplicas !== undefined && maxReplicas < 1) {
    errors.invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0');
  }
  if (maxReplicas !== undefined && maxReplicas < minReplicas) {
    errors.invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`');
  }
  spec.metrics?.forEach((metric, index) => {
    validateMetric(metric, `spec.metrics[${index}]`, errors);
  });
  validateRules(spec.behavior?.scaleUp, 'spec.behavior.scaleUp', errors);
  validateRules(spec.behavior?.scaleDown, 'spec.behavior.scaleDown', errors);
}

const sources = {
  Resource: 'resource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
  ContainerResource: 'containerResource',
} as const;

function validateMetric(metric: V2MetricSpec, at: string, errors: FieldErrors): void {
  const member = Object.hasOwn(sources, metric.type)
    ? sources[metric.type as keyof typeof sources]
    : undefined;
  if (!member) {
    errors.notSupported(`${at}.type`, metric.type, Object.keys(sources));
    return;
  }
  const source = metric[member];
  if (!source) {
    const detail = 'must populate information for the given metric source';
    errors.required(`${at}.${member}`, detail);
    return;
  }
  const { averageUtilization, averageValue, value } = source.target ?? {};
  if (member === 'resource' && averageUtilization === undefined && averageValue === undefined) {
    const detail = 'must set either a target raw value or a target utilization';
    errors.required(`${at}.resource.target.averageUtilization`, detail);
  } else if (averageUtilization !== undefined && averageValue !== undefined) {
    const detail = 'may not set both a target raw value and a target utilization';
    errors.forbidden(`${at}.${member}.target.averageValue`, detail);
  } else if (averageUtilization !== undefined && averageUtilization < 1) {
    const field = `${at}.${member}.target.averageUtilization`;
    errors.invalid(field, averageUtilization, 'must be greater than 0');
  } else if (averageUtilization === undefined && averageValue === undefined && value === undefined) {
    errors.required(`${at}.${member}.target.value`, 'must set either a target value or averageValue');
  }
}

function validateRules(rules: V2HPAScalingRules | undefined, at: string, errors: FieldErrors): void {
  if (!rules) return;
  const { stabilizationWindowSeconds: window, policies } = rules;
  atLeast(window, 0, `${at}.stabilizationWindowSeconds`, errors);
  if (window !== undefined && window > 3600) {
    errors.invalid(`${at}.stabilizationWindowSeconds`, window, 'must be less than or equal to 3600');
  }
  if (policies?.length === 0) errors.required(`${at}.policies`, 'must specify at least one Policy');
  policies?.forEach(({ value, periodSeconds }, index) => {
    if (value !== undefined && value <= 0) {
      errors.invalid(`${at}.policies[${index}].value`, value, 'must be greater than zero');
    }
    if (periodSeconds !== undefined && (periodSeconds <= 0 || periodSeconds > 1800)) {
      const detail = periodSeconds <= 0 ? 'must be greater than zero' : 'must be less than or equal to 1800';
      errors.invalid(`${at}.policies[${index}].periodSeconds`, periodSeconds, detail);
    }
  });
}

export function validatePodDisruptionBudget({ spec }: V1PodDisruptionBudget, errors: FieldErrors): void {
  const { minAvailable, maxUnavailable } = spec ?? {};
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    errors.invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set');
  }
  for (const [name, value] of Object.entries({ minAvailable, maxUnavailable })) {
    if (typeof value === 'number') atLeast(value, 0, `spec.${name}`, errors);
    else if (value !== undefined && !/^\d+%$/.test(value)) {
      const detail =
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
      errors.invalid(`spec.${name}`, value, detail);
    }
  }
}
