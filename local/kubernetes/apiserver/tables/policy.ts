import type { V1PodDisruptionBudget, V2HorizontalPodAutoscaler, V2MetricSpec } from '@kubernetes/client-node';
import { age } from './cells.ts';
import type { TableKind } from './table.ts';
import { ageColumn, column, nameColumn } from './table.ts';

export const horizontalPodAutoscalers: TableKind<V2HorizontalPodAutoscaler> = {
  columns: [
    nameColumn,
    column('Reference', 'autoscaling.v2.HorizontalPodAutoscalerSpec#scaleTargetRef'),
    column('Targets', 'autoscaling.v2.HorizontalPodAutoscalerSpec#metrics'),
    column('MinPods', 'autoscaling.v2.HorizontalPodAutoscalerSpec#minReplicas'),
    column('MaxPods', 'autoscaling.v2.HorizontalPodAutoscalerSpec#maxReplicas'),
    column('Replicas', 'autoscaling.v2.HorizontalPodAutoscalerStatus#desiredReplicas'),
    ageColumn,
  ],
  cells: (scaler, now) => {
    const { metadata, spec, status } = scaler;
    return [
      metadata?.name,
      `${spec?.scaleTargetRef.kind}/${spec?.scaleTargetRef.name}`,
      targets(scaler),
      spec?.minReplicas === undefined ? '<unset>' : String(spec.minReplicas),
      spec?.maxReplicas,
      status?.currentReplicas ?? 0,
      age(metadata?.creationTimestamp, now),
    ];
  },
};

export const podDisruptionBudgets: TableKind<V1PodDisruptionBudget> = {
  columns: [
    nameColumn,
    column('Min Available', 'The minimum number of pods that must be available.'),
    column('Max Unavailable', 'The maximum number of pods that may be unavailable.'),
    column('Allowed Disruptions', 'Calculated number of pods that may be disrupted at this time.', {
      type: 'integer',
    }),
    ageColumn,
  ],
  cells: ({ metadata, spec, status }, now) => [
    metadata?.name,
    String(spec?.minAvailable ?? 'N/A'),
    String(spec?.maxUnavailable ?? 'N/A'),
    status?.disruptionsAllowed ?? 0,
    age(metadata?.creationTimestamp, now),
  ],
};

function targets({ spec, status }: V2HorizontalPodAutoscaler): string {
  const metrics = spec?.metrics ?? [];
  const shown = metrics.slice(0, 2).map((metric) => {
    const current = status?.currentMetrics?.find(
      ({ type, resource, containerResource }) =>
        type === metric.type &&
        (resource?.name ?? containerResource?.name) ===
          (metric.resource?.name ?? metric.containerResource?.name),
    );
    return metricText(metric, current?.resource?.current ?? current?.containerResource?.current);
  });
  const more = metrics.length > 2 ? ` + ${metrics.length - 2} more...` : '';
  return shown.length > 0 ? `${shown.join(', ')}${more}` : '<none>';
}

function metricText(
  { type, resource, containerResource }: V2MetricSpec,
  current: { averageUtilization?: number; averageValue?: string } | undefined,
): string {
  const source = resource ?? containerResource;
  if (!source) return `<${type}>`;
  const { averageUtilization, averageValue } = source.target;
  if (averageValue !== undefined)
    return `${source.name}: ${current?.averageValue ?? '<unknown>'}/${averageValue}`;
  const now = current?.averageUtilization === undefined ? '<unknown>' : `${current.averageUtilization}%`;
  return `${source.name}: ${now}/${averageUtilization ?? '<auto>'}%`;
}
