import type { V1CronJob, V1Deployment, V1Job, V1ReplicaSet } from '@kubernetes/client-node';
import {
  validateCronJob,
  validateDeployment,
  validateJob,
  validateJobUpdate,
  validateReplicaSet,
  validateSelectorUpdate,
} from '../validation/workloads.ts';
import type { Kind } from './kind.ts';
import { defaultPodTemplate } from './pod-spec.ts';

/** Defaults of apps/v1 and batch/v1 (Kubernetes, pkg/apis/apps/v1/defaults.go, pkg/apis/batch/v1/defaults.go). */
export const deployment: Kind<V1Deployment> = {
  generation: 'specAndAnnotations',
  validate: validateDeployment,
  validateUpdate: validateSelectorUpdate,
  defaults: ({ spec }) => {
    if (!spec) return;
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    spec.strategy ??= {};
    spec.strategy.type ??= 'RollingUpdate';
    if (spec.strategy.type === 'RollingUpdate') {
      spec.strategy.rollingUpdate = {
        maxUnavailable: '25%',
        maxSurge: '25%',
        ...spec.strategy.rollingUpdate,
      };
    }
    defaultPodTemplate(spec.template);
  },
};

export const replicaSet: Kind<V1ReplicaSet> = {
  generation: 'spec',
  validate: validateReplicaSet,
  validateUpdate: validateSelectorUpdate,
  defaults: ({ spec }) => {
    if (!spec) return;
    spec.replicas ??= 1;
    defaultPodTemplate(spec.template);
  },
  prepareCreate: (object) => {
    object.status = { replicas: 0 };
  },
};

export const job: Kind<V1Job> = {
  generation: 'spec',
  validate: validateJob,
  validateUpdate: validateJobUpdate,
  defaults: ({ spec }) => {
    if (spec) defaultJobSpec(spec);
  },
  prepareCreate: (object) => {
    if (object.spec && !object.spec.manualSelector) selectByController(object);
  },
};

export const cronJob: Kind<V1CronJob> = {
  generation: 'spec',
  validate: validateCronJob,
  defaults: ({ spec }) => {
    if (!spec) return;
    spec.concurrencyPolicy ??= 'Allow';
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    if (spec.jobTemplate?.spec) defaultPodTemplate(spec.jobTemplate.spec.template);
  },
};

function defaultJobSpec(spec: NonNullable<V1Job['spec']>): void {
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2147483647;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
  defaultPodTemplate(spec.template);
}

/** A job selects its pods by its own uid, under the prefixed label and the old one. */
function selectByController({ metadata, spec }: V1Job): void {
  if (!spec) return;
  const uid = metadata?.uid ?? '';
  const name = metadata?.name ?? '';
  const template = spec.template ?? {};
  const labels = {
    ...template.metadata?.labels,
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
  spec.template = { ...template, metadata: { ...template.metadata, labels } };
  spec.selector ??= { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
}
