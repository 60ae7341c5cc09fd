import type {
  V1Container,
  V1ContainerState,
  V1ContainerStateTerminated,
  V1Pod,
} from '@kubernetes/client-node';
import { stamp } from '../timestamps.ts';
import { createBackoff } from './backoff.ts';
import { containerEnvironment, expandVariables } from './container-environment.ts';
import type { ContainerLog } from './container-log.ts';
import { createContainerLog } from './container-log.ts';
import type { ContainerProcess, PodNetwork, ProcessExit } from './container-process.ts';
import { NotExecutableError, nodeArguments, startProcess } from './container-process.ts';
import { runHook } from './hook.ts';
import { imageId, pullImage } from './image-pull.ts';
import type { Image, NodeContext } from './kubelet-context.ts';
import type { ContainerView } from './pod-status.ts';
import type { ProbeTarget } from './probe.ts';
import { executeCommand, runProbe } from './probe.ts';
import type { ProbeKind } from './probe-worker.ts';
import { runProbeWorker } from './probe-worker.ts';

/** What a container knows of the pod that it is part of. */
export interface ContainerHost {
  readonly context: NodeContext;
  readonly network: PodNetwork;
  /** The pod as the API has it now. */
  pod(): V1Pod;
  /** The container's view changed. */
  changed(): void;
}

export interface Container {
  readonly spec: V1Container;
  readonly pid: number | undefined;
  /** The present run's lines, and those of the run before. */
  readonly log: ContainerLog | undefined;
  readonly previousLog: ContainerLog | undefined;
  view(): ContainerView;
  /** Starts it and starts it again, until its restart policy or `stop` ends that. */
  run(): Promise<void>;
  /** Graceful end: hook, SIGTERM, and SIGKILL once `force` aborts. It is not started again. */
  stop(force: AbortSignal): Promise<void>;
  signalGroup(name: NodeJS.Signals): void;
}

export interface ContainerOptions {
  readonly host: ContainerHost;
  readonly spec: V1Container;
  shouldRestart(exitCode: number): boolean;
}

/** Kubelet's `minimumGracePeriodInSeconds`: what a process has after a hook that used its time up. */
const leastGraceMs = 2_000;
/** How soon a container that could not be configured is tried again. */
const configurationRetryMs = 10_000;

export function createContainer({ host, spec, shouldRestart }: ContainerOptions): Container {
  const { context } = host;
  const { clock, events, random, ports, node } = context;
  const field = `spec.containers{${spec.name}}`;
  const backoff = createBackoff(() => clock.elapsedMs());
  const stopping = new AbortController();
  let process: ContainerProcess | undefined;
  let checks = new AbortController();
  let log: ContainerLog | undefined;
  let previousLog: ContainerLog | undefined;
  let containerID = '';
  let imageID = '';
  let environment: Record<string, string> = {};
  let restartCount = 0;
  let state: V1ContainerState = { waiting: { reason: 'ContainerCreating' } };
  let lastState: V1ContainerState = {};
  let started = false;
  let readinessResult = false;

  const setState = (next: V1ContainerState): void => {
    if (state.terminated && !next.terminated) lastState = { terminated: state.terminated };
    state = next;
    host.changed();
  };

  const run = async (): Promise<void> => {
    try {
      while (!stopping.signal.aborted) {
        const image = await pullImage({
          context,
          pod: host.pod(),
          container: spec,
          signal: stopping.signal,
          onWaiting: (reason, message) => setState({ waiting: { reason, message } }),
        });
        const exitCode = await runOnce(image);
        if (exitCode === undefined) {
          await clock.sleep(configurationRetryMs, stopping.signal);
          continue;
        }
        if (!shouldRestart(exitCode)) return;
        await waitToRestart();
        restartCount++;
      }
    } catch (error) {
      if (!stopping.signal.aborted) throw error;
    }
  };

  /** One life of the process; gives its exit code, undefined when it could not be configured. */
  const runOnce = async (image: Image): Promise<number | undefined> => {
    const pod = host.pod();
    imageID = imageId(spec.image ?? '', image);
    try {
      const sources = { api: context.api, podIP: host.network.podIP, hostIP: node.address };
      environment = containerEnvironment(pod, spec, sources);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      events.warning(pod, 'Failed', `Error: ${message}`, field);
      setState({ waiting: { reason: 'CreateContainerConfigError', message } });
      return undefined;
    }
    if (stopping.signal.aborted) return undefined;
    containerID = `containerd://${random.hex(64)}`;
    events.normal(pod, 'Created', `Created container: ${spec.name}`, field);
    const startedAt = clock.now();
    try {
      process = await startProcess({
        command: commandOf(spec, image, environment),
        environment,
        workingDirectory: spec.workingDir,
        network: host.network,
        log: newLog(),
      });
    } catch (error) {
      if (!(error instanceof NotExecutableError)) throw error;
      events.warning(pod, 'Failed', `Error: ${error.message}`, field);
      return end({ exitCode: 128, reason: 'StartError', message: error.message }, startedAt);
    }
    ports.onProcess?.(process.pid);
    return live(pod, process, startedAt);
  };

  const live = async (pod: V1Pod, running: ContainerProcess, startedAt: Date): Promise<number> => {
    started = !spec.startupProbe;
    readinessResult = !spec.readinessProbe;
    const life = new AbortController();
    checks = new AbortController();
    setState({ running: { startedAt: stamp(startedAt) } });
    events.normal(pod, 'Started', `Started container ${spec.name}`, field);
    // A stop that came while the process was being started found nothing to stop.
    if (stopping.signal.aborted) running.signalGroup('SIGKILL');
    else startProbes(life.signal);
    void postStart(running);
    const exit = await running.exited;
    life.abort();
    checks.abort();
    ports.onProcessExit?.(running.pid);
    process = undefined;
    started = false;
    readinessResult = false;
    return end(exit, startedAt);
  };

  const end = (
    exit: Pick<ProcessExit, 'exitCode'> & { reason?: string; message?: string },
    startedAt: Date,
  ): number => {
    const reason = exit.reason ?? (exit.exitCode === 0 ? 'Completed' : 'Error');
    const terminated: V1ContainerStateTerminated = {
      exitCode: exit.exitCode,
      reason,
      ...(exit.message && { message: exit.message }),
      startedAt: stamp(startedAt),
      finishedAt: stamp(clock.now()),
      containerID,
    };
    setState({ terminated });
    return exit.exitCode;
  };

  const waitToRestart = async (): Promise<void> => {
    const waitMs = backoff.nextDelayMs(clock.elapsedMs());
    if (waitMs === 0) return;
    const { metadata } = host.pod();
    const where = `pod=${metadata?.name}_${metadata?.namespace}(${metadata?.uid})`;
    const message = `back-off ${Math.round(waitMs / 1000)}s restarting failed container=${spec.name} ${where}`;
    setState({ waiting: { reason: 'CrashLoopBackOff', message } });
    const text = `Back-off restarting failed container ${spec.name} in pod ${metadata?.name}_${metadata?.namespace}(${metadata?.uid})`;
    events.warning(host.pod(), 'BackOff', text, field);
    await clock.sleep(waitMs, stopping.signal);
  };

  const newLog = (): ContainerLog => {
    previousLog = log;
    const { metadata } = host.pod();
    log = createContainerLog({
      now: () => clock.now(),
      onLine: ({ line, time }) =>
        ports.onLogLine({
          namespace: metadata?.namespace ?? '',
          pod: metadata?.name ?? '',
          container: spec.name,
          node: node.name,
          labels: metadata?.labels ?? {},
          line,
          time,
        }),
    });
    return log;
  };

  const probeTarget = (timeoutWallMs: number): ProbeTarget => ({
    pod: host.pod(),
    container: spec,
    podIP: host.network.podIP,
    nodeAddress: node.address,
    timeoutWallMs,
    execute: (command, limitWallMs) => execute(command, limitWallMs),
  });

  const execute = (command: readonly string[], timeoutWallMs: number) => {
    const [program = '', ...args] = command;
    try {
      const confined = nodeArguments({ command, network: host.network });
      return executeCommand(globalThis.process.execPath, confined, environment, timeoutWallMs);
    } catch (error) {
      if (!(error instanceof NotExecutableError)) throw error;
      return executeCommand(program, args, environment, timeoutWallMs);
    }
  };

  /** Readiness goes on while the container ends; the others stop with `checks`. */
  const startProbes = (life: AbortSignal): void => {
    const begin = (): void => {
      probe('readiness', life);
      probe('liveness', checks.signal);
    };
    if (spec.startupProbe) probe('startup', checks.signal, begin);
    else begin();
  };

  const probe = (kind: ProbeKind, signal: AbortSignal, onStarted?: () => void): void => {
    const action = spec[`${kind}Probe`];
    if (!action) return;
    const title = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
    const finished = runProbeWorker({
      probe: action,
      kind,
      clock,
      signal,
      attempt: (timeoutWallMs) => runProbe(action, probeTarget(timeoutWallMs)),
      onFailure: (message) =>
        events.warning(host.pod(), 'Unhealthy', `${title} probe failed: ${message}`, field),
      onResult: (success) => {
        if (kind === 'readiness') setReady(success);
        else if (!success) void restart(kind, action.terminationGracePeriodSeconds);
        else if (kind === 'startup') {
          started = true;
          host.changed();
          onStarted?.();
        }
      },
    });
    finished.catch((error: unknown) =>
      events.warning(host.pod(), 'Unhealthy', `${title} probe errored: ${error}`, field),
    );
  };

  const setReady = (ready: boolean): void => {
    if (readinessResult === ready) return;
    readinessResult = ready;
    host.changed();
  };

  const restart = async (kind: ProbeKind, graceSeconds: number | undefined): Promise<void> => {
    if (checks.signal.aborted) return;
    checks.abort();
    const text = `Container ${spec.name} failed ${kind} probe, will be restarted`;
    events.normal(host.pod(), 'Killing', text, field);
    const seconds = graceSeconds ?? host.pod().spec?.terminationGracePeriodSeconds ?? 30;
    const force = new AbortController();
    const ended = new AbortController();
    clock.after(seconds * 1000, () => force.abort(), ended.signal);
    await endProcess(force.signal);
    ended.abort();
  };

  const postStart = async (running: ContainerProcess): Promise<void> => {
    const handler = spec.lifecycle?.postStart;
    if (!handler) return;
    const failure = await runHook(handler, probeTarget(clock.ioTimeoutWallMs(60_000)), clock, checks.signal);
    if (failure === undefined || process !== running) return;
    events.warning(host.pod(), 'FailedPostStartHook', `PostStartHook failed: ${failure}`, field);
    running.signalGroup('SIGKILL');
  };

  const endProcess = async (force: AbortSignal): Promise<void> => {
    const running = process;
    if (!running) return;
    const handler = spec.lifecycle?.preStop;
    if (handler) await preStop(handler, running, force);
    running.signal('SIGTERM');
    const kill = (): void => running.signalGroup('SIGKILL');
    if (force.aborted) clock.after(handler ? leastGraceMs : 0, kill, exitSignal(running));
    else force.addEventListener('abort', kill, { once: true });
    await running.exited;
    force.removeEventListener('abort', kill);
  };

  const preStop = async (
    handler: NonNullable<NonNullable<V1Container['lifecycle']>['preStop']>,
    running: ContainerProcess,
    force: AbortSignal,
  ): Promise<void> => {
    const grace = (host.pod().metadata?.deletionGracePeriodSeconds ?? 30) * 1000;
    const target = probeTarget(clock.ioTimeoutWallMs(grace));
    const outOfTime = new Promise<string>((resolve) => {
      force.addEventListener('abort', () => resolve('out of time'), { once: true });
    });
    const hook = runHook(handler, target, clock, AbortSignal.any([force, exitSignal(running)]));
    const failure = await Promise.race([hook, outOfTime, running.exited.then(() => undefined)]);
    if (failure !== undefined) {
      events.warning(host.pod(), 'FailedPreStopHook', `PreStopHook failed: ${failure}`, field);
    }
  };

  return {
    spec,
    get pid() {
      return process?.pid;
    },
    get log() {
      return log;
    },
    get previousLog() {
      return previousLog;
    },
    view: () => ({
      name: spec.name,
      image: spec.image ?? '',
      imageID,
      containerID,
      restartCount,
      state,
      lastState,
      started,
      ready: state.running !== undefined && started && readinessResult,
    }),
    run,
    stop: async (force) => {
      stopping.abort();
      checks.abort();
      if (process) events.normal(host.pod(), 'Killing', `Stopping container ${spec.name}`, field);
      await endProcess(force);
    },
    signalGroup: (name) => process?.signalGroup(name),
  };
}

/** Aborts when the process is gone. */
function exitSignal(running: ContainerProcess): AbortSignal {
  const gone = new AbortController();
  void running.exited.then(() => gone.abort());
  return gone.signal;
}

/** `command` replaces the image's, `args` follow it (Kubernetes documentation, "Define a Command and Arguments"). */
function commandOf(spec: V1Container, image: Image, environment: Readonly<Record<string, string>>): string[] {
  const words = [...(spec.command ?? image.command), ...(spec.args ?? [])];
  return words.map((word) => expandVariables(word, environment));
}
