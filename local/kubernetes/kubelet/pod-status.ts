import type {
  V1ContainerState,
  V1ContainerStatus,
  V1Pod,
  V1PodCondition,
  V1PodStatus,
} from '@kubernetes/client-node';
import { findCondition, withCondition } from '../conditions.ts';
import { stamp } from '../timestamps.ts';

/** What a kubelet knows of one container. */
export interface ContainerView {
  readonly name: string;
  readonly image: string;
  readonly imageID: string;
  readonly containerID: string;
  readonly restartCount: number;
  readonly state: V1ContainerState;
  readonly lastState: V1ContainerState;
  readonly started: boolean;
  readonly ready: boolean;
}

export interface PodView {
  readonly podIP: string | undefined;
  readonly hostIP: string;
  readonly startedAt: Date;
  readonly initContainers: readonly ContainerView[];
  readonly containers: readonly ContainerView[];
  /** The pod is being taken down and every container has ended. */
  readonly ended: boolean;
}

/** The status that the kubelet writes; conditions of others (gates, PodScheduled) stay. */
export function podStatus(pod: V1Pod, view: PodView, now: Date): V1PodStatus {
  const phase = phaseOf(pod, view);
  const conditions = kubeletConditions(pod, view, phase).reduce<V1PodCondition[]>(
    (all, condition) => withCondition(all, condition, now),
    [...(pod.status?.conditions ?? [])],
  );
  const { podIP, hostIP, startedAt } = view;
  return {
    ...pod.status,
    phase,
    conditions,
    hostIP,
    hostIPs: [{ ip: hostIP }],
    ...(podIP && { podIP, podIPs: [{ ip: podIP }] }),
    startTime: stamp(startedAt),
    ...(view.initContainers.length > 0 && { initContainerStatuses: view.initContainers.map(statusOf) }),
    containerStatuses: view.containers.map(statusOf),
  };
}

/** `getPhase`: a container that waits for its first start keeps the pod pending. */
function phaseOf(pod: V1Pod, { initContainers, containers, ended }: PodView): string {
  const policy = pod.spec?.restartPolicy ?? 'Always';
  const terminated = containers.map(({ state }) => state.terminated);
  const failedInit = initContainers.some(({ state }) => (state.terminated?.exitCode ?? 0) !== 0);
  if (failedInit && policy === 'Never') return 'Failed';
  if (ended) return terminated.every((end) => end?.exitCode === 0) ? 'Succeeded' : 'Failed';
  if (initContainers.some(({ state }) => state.terminated?.exitCode !== 0)) return 'Pending';
  if (
    containers.some(({ state, lastState }) => !state.running && !state.terminated && !lastState.terminated)
  ) {
    return 'Pending';
  }
  if (containers.some(({ state }) => state.running) || policy === 'Always') return 'Running';
  if (terminated.every((end) => end?.exitCode === 0)) return 'Succeeded';
  return policy === 'Never' && terminated.every((end) => end !== undefined) ? 'Failed' : 'Running';
}

function kubeletConditions(pod: V1Pod, view: PodView, phase: string): V1PodCondition[] {
  const initialized = view.initContainers.every(({ state }) => state.terminated?.exitCode === 0);
  const finished = phase === 'Succeeded' || phase === 'Failed';
  const containersReady = finished ? completed : readiness(view);
  const gates = containersReady.status === 'True' ? gateReadiness(pod) : containersReady;
  return [
    { type: 'PodReadyToStartContainers', status: view.podIP && !finished ? 'True' : 'False' },
    initialized
      ? { type: 'Initialized', status: 'True', ...(finished && { reason: 'PodCompleted' }) }
      : { type: 'Initialized', status: 'False', ...incomplete(view) },
    { type: 'Ready', ...gates },
    { type: 'ContainersReady', ...containersReady },
  ];
}

type Verdict = Pick<V1PodCondition, 'status' | 'reason' | 'message'>;
const completed: Verdict = { status: 'False', reason: 'PodCompleted' };

function readiness({ containers }: PodView): Verdict {
  const unready = containers.filter(({ ready }) => !ready).map(({ name }) => name);
  if (unready.length === 0) return { status: 'True' };
  return {
    status: 'False',
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${unready.join(' ')}]`,
  };
}

/** `GeneratePodReadyCondition`. */
function gateReadiness({ spec, status }: V1Pod): Verdict {
  const messages = (spec?.readinessGates ?? []).flatMap(({ conditionType }) => {
    const gate = findCondition(status?.conditions, conditionType);
    if (!gate) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    if (gate.status === 'True') return [];
    return [`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`];
  });
  if (messages.length === 0) return { status: 'True' };
  return { status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
}

function incomplete({ initContainers }: PodView): { reason: string; message: string } {
  const names = initContainers
    .filter(({ state }) => state.terminated?.exitCode !== 0)
    .map(({ name }) => name);
  const message = `containers with incomplete status: [${names.join(' ')}]`;
  return { reason: 'ContainersNotInitialized', message };
}

function statusOf(view: ContainerView): V1ContainerStatus {
  const { name, image, imageID, containerID, restartCount, state, lastState, started, ready } = view;
  return {
    name,
    image,
    imageID,
    ...(containerID && { containerID }),
    restartCount,
    state,
    lastState,
    started,
    ready,
  };
}
