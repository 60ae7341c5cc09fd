import type { V2HorizontalPodAutoscaler, V2HPAScalingRules } from '@kubernetes/client-node';
import { validateHorizontalPodAutoscaler } from '../validation/policy.ts';
import type { Kind } from './kind.ts';

/** Defaults of autoscaling/v2 (Kubernetes, pkg/apis/autoscaling/v2/defaults.go). */
export const horizontalPodAutoscaler: Kind<V2HorizontalPodAutoscaler> = {
  validate: validateHorizontalPodAutoscaler,
  defaults: ({ spec }) => {
    if (!spec) return;
    spec.minReplicas ??= 1;
    if (!spec.metrics?.length) {
      const target = { type: 'Utilization', averageUtilization: 80 };
      spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }];
    }
    // The scale-down window stays absent: its default of 300 s is the controller's.
    if (spec.behavior) {
      spec.behavior.scaleUp = { stabilizationWindowSeconds: 0, ...scaleUp, ...spec.behavior.scaleUp };
      spec.behavior.scaleDown = { ...scaleDown, ...spec.behavior.scaleDown };
    }
  },
  prepareCreate: (object) => {
    object.status = { desiredReplicas: 0, currentReplicas: 0 } as V2HorizontalPodAutoscaler['status'];
  },
};

const scaleUp: V2HPAScalingRules = {
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};
const scaleDown: V2HPAScalingRules = {
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
};
