import type { V1Container, V1Job, V1Pod } from '@kubernetes/client-node';
import { controllerReference } from '../pods.ts';
import { failureCountKey, indexKey } from './job-indexes.ts';

/** Held by each pod of a job until it is counted, so that a deleted pod is not lost ("Jobs", job tracking). */
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';

export interface JobPodIndex {
  readonly index: number;
  /** With `backoffLimitPerIndex` only. */
  readonly failureCount: number | undefined;
}

/** A new pod of a job, for one of its indexes if it has any. */
export function jobPod(job: V1Job, at: JobPodIndex | undefined): V1Pod {
  const { metadata, spec = { containers: [] } } = job.spec?.template ?? {};
  const name = job.metadata?.name ?? '';
  const index = at && { [indexKey]: String(at.index) };
  const failures = at?.failureCount !== undefined && { [failureCountKey]: String(at.failureCount) };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: at ? withSuffix(name, `-${at.index}-`, longestGenerateName) : `${name}-`,
      namespace: job.metadata?.namespace,
      labels: { ...metadata?.labels, ...index },
      annotations: { ...metadata?.annotations, ...index, ...failures },
      finalizers: [trackingFinalizer],
      ownerReferences: [controllerReference(job)],
    },
    spec: at
      ? {
          ...spec,
          hostname: withSuffix(name, `-${at.index}`, longestHostname),
          containers: spec.containers.map(withIndex),
          ...(spec.initContainers && { initContainers: spec.initContainers.map(withIndex) }),
        }
      : spec,
  };
}

const longestHostname = 63;
/** The server adds five characters. */
const longestGenerateName = longestHostname - 5;

function withSuffix(name: string, suffix: string, longest: number): string {
  return name.slice(0, longest - suffix.length) + suffix;
}

function withIndex(container: V1Container): V1Container {
  const name = 'JOB_COMPLETION_INDEX';
  if (container.env?.some((variable) => variable.name === name)) return container;
  const valueFrom = { fieldRef: { fieldPath: `metadata.labels['${indexKey}']` } };
  return { ...container, env: [...(container.env ?? []), { name, valueFrom }] };
}
