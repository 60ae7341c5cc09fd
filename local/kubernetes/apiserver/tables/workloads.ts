import type { V1CronJob, V1Deployment, V1Job, V1ReplicaSet } from '@kubernetes/client-node';
import { age, containersAndImages, humanDuration, selectorText } from './cells.ts';
import type { TableKind } from './table.ts';
import { ageColumn, column, nameColumn } from './table.ts';

const containersColumn = column('Containers', 'Names of each container in the template.', { wide: true });
const imagesColumn = column('Images', 'Images referenced by each container in the template.', { wide: true });
const integer = { type: 'integer' } as const;

export const deployments: TableKind<V1Deployment> = {
  columns: [
    nameColumn,
    column('Ready', 'Number of the pod with ready state'),
    column('Up-to-date', 'apps.v1.DeploymentStatus#updatedReplicas'),
    column('Available', 'apps.v1.DeploymentStatus#availableReplicas'),
    ageColumn,
    containersColumn,
    imagesColumn,
    column(
      'Selector',
      'Label selector for pods. Existing ReplicaSets whose pods are selected by this will be the ones affected by this deployment.',
      { wide: true },
    ),
  ],
  cells: ({ metadata, spec, status }, now) => [
    metadata?.name,
    `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    status?.updatedReplicas ?? 0,
    status?.availableReplicas ?? 0,
    age(metadata?.creationTimestamp, now),
    ...containersAndImages(spec?.template),
    selectorText(spec?.selector),
  ],
};

export const replicaSets: TableKind<V1ReplicaSet> = {
  columns: [
    nameColumn,
    column('Desired', 'apps.v1.ReplicaSetSpec#replicas', integer),
    column('Current', 'apps.v1.ReplicaSetStatus#replicas', integer),
    column('Ready', 'apps.v1.ReplicaSetStatus#readyReplicas', integer),
    ageColumn,
    containersColumn,
    imagesColumn,
    column('Selector', 'apps.v1.ReplicaSetSpec#selector', { wide: true }),
  ],
  cells: ({ metadata, spec, status }, now) => [
    metadata?.name,
    spec?.replicas ?? 0,
    status?.replicas ?? 0,
    status?.readyReplicas ?? 0,
    age(metadata?.creationTimestamp, now),
    ...containersAndImages(spec?.template),
    selectorText(spec?.selector),
  ],
};

export const jobs: TableKind<V1Job> = {
  columns: [
    nameColumn,
    column('Status', 'Status of the job.'),
    column('Completions', 'batch.v1.JobStatus#succeeded'),
    column('Duration', 'Time required to complete the job.'),
    ageColumn,
    containersColumn,
    imagesColumn,
    column('Selector', 'batch.v1.JobSpec#selector', { wide: true }),
  ],
  cells: (job, now) => [
    job.metadata?.name,
    jobStatus(job),
    completions(job),
    duration(job, now),
    age(job.metadata?.creationTimestamp, now),
    ...containersAndImages(job.spec?.template),
    selectorText(job.spec?.selector),
  ],
};

export const cronJobs: TableKind<V1CronJob> = {
  columns: [
    nameColumn,
    column('Schedule', 'batch.v1.CronJobSpec#schedule'),
    column('Timezone', 'batch.v1.CronJobSpec#timeZone'),
    column('Suspend', 'batch.v1.CronJobSpec#suspend'),
    column('Active', 'batch.v1.CronJobStatus#active', integer),
    column('Last Schedule', 'batch.v1.CronJobStatus#lastScheduleTime'),
    ageColumn,
    containersColumn,
    imagesColumn,
    column('Selector', 'batch.v1.JobSpec#selector', { wide: true }),
  ],
  cells: ({ metadata, spec, status }, now) => [
    metadata?.name,
    spec?.schedule,
    spec?.timeZone ?? '<none>',
    spec?.suspend ? 'True' : 'False',
    status?.active?.length ?? 0,
    status?.lastScheduleTime ? age(status.lastScheduleTime, now) : '<none>',
    age(metadata?.creationTimestamp, now),
    ...containersAndImages(spec?.jobTemplate.spec?.template),
    selectorText(spec?.jobTemplate.spec?.selector),
  ],
};

function jobStatus({ metadata, spec, status }: V1Job): string {
  const has = (wanted: string) =>
    status?.conditions?.some(({ type, status: value }) => type === wanted && value === 'True');
  if (has('Complete')) return 'Complete';
  if (has('Failed')) return 'Failed';
  if (metadata?.deletionTimestamp) return 'Terminating';
  if (spec?.suspend || has('Suspended')) return 'Suspended';
  return has('FailureTarget')
    ? 'FailureTarget'
    : has('SuccessCriteriaMet')
      ? 'SuccessCriteriaMet'
      : 'Running';
}

function completions({ spec, status }: V1Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function duration({ status }: V1Job, now: Date): string {
  if (!status?.startTime) return '';
  const end = status.completionTime ? new Date(status.completionTime) : now;
  return humanDuration(end.getTime() - new Date(status.startTime).getTime());
}
