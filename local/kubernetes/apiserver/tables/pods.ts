import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { age } from './cells.ts';
import type { TableKind } from './table.ts';
import { ageColumn, column, nameColumn } from './table.ts';

/** Kubernetes, pkg/printers/internalversion, printPod. */
export const pods: TableKind<V1Pod> = {
  columns: [
    nameColumn,
    column('Ready', 'The aggregate readiness state of this pod for accepting traffic.'),
    column('Status', 'The aggregate status of the containers in this pod.'),
    column(
      'Restarts',
      'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
    ),
    ageColumn,
    column('IP', 'core.v1.PodStatus#podIP', { wide: true }),
    column('Node', 'core.v1.PodSpec#nodeName', { wide: true }),
    column('Nominated Node', 'core.v1.PodStatus#nominatedNodeName', { wide: true }),
    column('Readiness Gates', 'core.v1.PodSpec#readinessGates', { wide: true }),
  ],
  cells: (pod, now) => {
    const { metadata, spec, status } = pod;
    const containers = status?.containerStatuses ?? [];
    const ready = containers.filter((container) => container.ready && container.state?.running).length;
    return [
      metadata?.name,
      `${ready}/${spec?.containers.length ?? 0}`,
      podStatus(pod),
      restarts(pod, now),
      age(metadata?.creationTimestamp, now),
      status?.podIPs?.[0]?.ip ?? status?.podIP ?? '<none>',
      spec?.nodeName ?? '<none>',
      status?.nominatedNodeName ?? '<none>',
      gates(pod),
    ];
  },
};

export function podStatus(pod: V1Pod): string {
  const { metadata, status } = pod;
  const initial = initStatus(pod);
  const base = status?.reason || status?.phase || 'Unknown';
  const reason = initial ?? runningStatus(status?.containerStatuses ?? [], base, isReady(pod));
  if (metadata?.deletionTimestamp) return status?.reason === 'NodeLost' ? 'Unknown' : 'Terminating';
  return reason;
}

function initStatus({ spec, status }: V1Pod): string | undefined {
  const statuses = status?.initContainerStatuses ?? [];
  const total = spec?.initContainers?.length ?? 0;
  for (const [index, { state }] of statuses.entries()) {
    if (state?.terminated?.exitCode === 0) continue;
    if (state?.terminated) return `Init:${terminatedReason(state.terminated)}`;
    const waiting = state?.waiting?.reason;
    if (waiting && waiting !== 'PodInitializing') return `Init:${waiting}`;
    return `Init:${index}/${total}`;
  }
  return undefined;
}

/** The last container that has something to say wins, since they are read from the end to the start. */
function runningStatus(statuses: readonly V1ContainerStatus[], phase: string, ready: boolean): string {
  let reason = phase;
  let running = false;
  for (const { state, ready: containerReady } of [...statuses].reverse()) {
    if (state?.waiting?.reason) reason = state.waiting.reason;
    else if (state?.terminated) reason = terminatedReason(state.terminated);
    else if (containerReady && state?.running) running = true;
  }
  if (reason === 'Completed' && running) return ready ? 'Running' : 'NotReady';
  return reason;
}

function terminatedReason({
  reason,
  signal,
  exitCode,
}: {
  reason?: string;
  signal?: number;
  exitCode: number;
}) {
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);
}

function restarts({ status }: V1Pod, now: Date): string {
  const statuses = status?.containerStatuses ?? [];
  const count = statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
  const ends = statuses.flatMap(({ lastState }) => {
    const end = lastState?.terminated?.finishedAt;
    return end ? [new Date(end).getTime()] : [];
  });
  if (count === 0 || ends.length === 0) return String(count);
  return `${count} (${age(new Date(Math.max(...ends)), now)} ago)`;
}

function gates({ spec, status }: V1Pod): string {
  const wanted = spec?.readinessGates ?? [];
  if (wanted.length === 0) return '<none>';
  const open = wanted.filter(({ conditionType }) =>
    status?.conditions?.some(({ type, status: value }) => type === conditionType && value === 'True'),
  );
  return `${open.length}/${wanted.length}`;
}

function isReady({ status }: V1Pod): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
}
