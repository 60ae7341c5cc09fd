import type { V1HorizontalPodAutoscaler, V2HorizontalPodAutoscaler } from '@kubernetes/client-node';
import type { ApiObject } from '../json.ts';

/** autoscaling/v1 knows one metric, CPU; the rest travels in annotations as a real server writes them. */
export function scalerToStored(object: ApiObject): ApiObject {
  const { spec, status, ...rest } = object as unknown as V1HorizontalPodAutoscaler;
  const { targetCPUUtilizationPercentage: percentage, ...shared } = spec ?? {
    maxReplicas: 0,
    scaleTargetRef: {},
  };
  const {
    [metricsAnnotation]: others,
    [behaviorAnnotation]: behavior,
    ...annotations
  } = object.metadata.annotations ?? {};
  const metrics = [...(percentage === undefined ? [] : [cpuMetric(percentage)]), ...read(others, [])];
  const { currentCPUUtilizationPercentage: current, ...sharedStatus } = status ?? {};
  return {
    ...rest,
    apiVersion: 'autoscaling/v2',
    metadata: { ...object.metadata, annotations },
    spec: {
      ...shared,
      ...(metrics.length > 0 && { metrics }),
      ...(behavior && { behavior: read(behavior, {}) }),
    },
    ...(status && {
      status: { ...sharedStatus, ...(current !== undefined && { currentMetrics: [cpuStatus(current)] }) },
    }),
  } as unknown as ApiObject;
}

export function scalerFromStored(object: ApiObject): ApiObject {
  const { spec, status, ...rest } = object as unknown as V2HorizontalPodAutoscaler;
  const { metrics = [], behavior, ...shared } = spec ?? {};
  const cpu = metrics.find(({ resource }) => resource?.name === 'cpu' && resource.target.averageUtilization);
  const others = metrics.filter((metric) => metric !== cpu);
  const annotations = {
    ...object.metadata.annotations,
    ...(others.length > 0 && { [metricsAnnotation]: JSON.stringify(others) }),
    ...(behavior && { [behaviorAnnotation]: JSON.stringify(behavior) }),
  };
  return {
    ...rest,
    apiVersion: 'autoscaling/v1',
    metadata: { ...object.metadata, ...(Object.keys(annotations).length > 0 && { annotations }) },
    spec: {
      ...shared,
      ...(cpu && { targetCPUUtilizationPercentage: cpu.resource?.target.averageUtilization }),
    },
    status: statusFromStored(status),
  } as unknown as ApiObject;
}

function statusFromStored(status: V2HorizontalPodAutoscaler['status']): object | undefined {
  if (!status) return undefined;
  const { currentMetrics = [], conditions: _conditions, ...shared } = status;
  const cpu = currentMetrics?.find(({ resource }) => resource?.name === 'cpu');
  const current = cpu?.resource?.current.averageUtilization;
  return { ...shared, ...(current !== undefined && { currentCPUUtilizationPercentage: current }) };
}

const metricsAnnotation = 'autoscaling.alpha.kubernetes.io/metrics';
const behaviorAnnotation = 'autoscaling.alpha.kubernetes.io/behavior';

function cpuMetric(averageUtilization: number): object {
  return { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } };
}

function cpuStatus(averageUtilization: number): object {
  return { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization } } };
}

function read<T>(text: string | undefined, otherwise: T): T {
  return text === undefined ? otherwise : (JSON.parse(text) as T);
}
