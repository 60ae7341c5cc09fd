import { expect, test } from 'vitest';
import type { ApiObject } from '../json.ts';
import { scalerFromStored, scalerToStored } from './scalers.ts';

test('an autoscaler survives the way through autoscaling/v1 and back', () => {
  const stored = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'hub', annotations: { team: 'web' } },
    spec: {
      maxReplicas: 6,
      minReplicas: 3,
      scaleTargetRef: { kind: 'Deployment', name: 'hub' },
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } },
        },
        {
          type: 'Resource',
          resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } },
        },
      ],
      behavior: { scaleDown: { stabilizationWindowSeconds: 60 } },
    },
  } as unknown as ApiObject;
  const old = scalerFromStored(stored);
  expect(old).toMatchObject({ apiVersion: 'autoscaling/v1', spec: { targetCPUUtilizationPercentage: 60 } });
  expect(scalerToStored(old)).toEqual(stored);
});
