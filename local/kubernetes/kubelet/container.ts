import type { V1Container, V1ContainerStatus, V1Pod, V1Probe } from '@kubernetes/client-node';
import { stamp } from '../timestamps.ts';
import type { Backoff } from './backoff.ts';
import { createBackoff } from './backoff.ts';
import { containerEnvironment, expandVariables } from './container-environment.ts';
import type { ContainerLog } from './container-log.ts';
import { createContainerLog } from './container-log.ts';
import { startContainerProbes } from './container-probes.ts';
import type { ContainerProcess, PodNetwork } from './container-process.ts';
import { NotExecutableError, startProcess } from './container-process.ts';
import { ContainerRecord } from './container-record.ts';
import type { ControlGroup } from './control-group.ts';
import { createControlGroup } from './control-group.ts';
import { endProcess } from './end-process.ts';
import { executeCommand } from './execute-command.ts';
import { runHook } from './hook.ts';
import { imageId, pullImage } from './image-pull.ts';
import type { Image, NodeContext } from './kubelet-context.ts';
import type { ContainerView } from './pod-status.ts';
import type { ProbeTarget } from './probe.ts';

/** What a container knows of the pod that it is part of. */
export interface ContainerHost {
  readonly context: NodeContext;
  readonly network: PodNetwork;
  /** The pod as the API has it now. */
  pod(): V1Pod;
  /** The container's view changed. */
  changed(): void;
}

/** How soon a container that could not be configured is tried again. */
const configurationRetryMs = 10_000;

/** One container of a pod, through all its runs. */
export class Container {
  readonly spec: V1Container;
  readonly #host: ContainerHost;
  readonly #shouldRestart: (exitCode: number) => boolean;
  readonly #backoff: Backoff;
  readonly #stopping = new AbortController();
  readonly #field: string;
  #process: ContainerProcess | undefined;
  /** Ends the probes that may restart the container. */
  #checks = new AbortController();
  #log: ContainerLog | undefined;
  #previousLog: ContainerLog | undefined;
  #environment: Record<string, string> = {};
  #record: ContainerRecord;
  /** Of the run before the node rebooted. */
  #lastExitCode: number | undefined;
  #group: ControlGroup | undefined;
  #outOfMemory = false;

  constructor(host: ContainerHost, spec: V1Container, shouldRestart: (exitCode: number) => boolean) {
    const { clock } = host.context;
    this.spec = spec;
    this.#host = host;
    this.#shouldRestart = shouldRestart;
    this.#backoff = createBackoff(() => clock.elapsedMs());
    this.#field = `spec.containers{${spec.name}}`;
    this.#record = new ContainerRecord(spec, () => host.changed());
  }

  /** The present run's processes. */
  get group(): ControlGroup | undefined {
    return this.#group;
  }

  /** The present run's lines. */
  get log(): ContainerLog | undefined {
    return this.#log;
  }

  /** Those of the run before. */
  get previousLog(): ContainerLog | undefined {
    return this.#previousLog;
  }

  view(): ContainerView {
    return this.#record.view();
  }

  /** Before `run`: goes on from what the API shows of the container after its node rebooted. */
  takeOver(earlier: V1ContainerStatus): void {
    this.#lastExitCode = this.#record.takeOver(earlier, this.#host.context.clock.now());
  }

  /** Whether `run` will start it. */
  get startable(): boolean {
    return this.#lastExitCode === undefined || this.#shouldRestart(this.#lastExitCode);
  }

  /** Starts it and starts it again, until its restart policy or `stop` ends that. */
  async run(): Promise<void> {
    const { signal } = this.#stopping;
    if (!this.startable) return;
    if (this.#lastExitCode !== undefined) this.#record.restartCount++;
    try {
      while (!signal.aborted) {
        const exitCode = await this.#runOnce(await this.#pull());
        if (exitCode === undefined) {
          await this.#host.context.clock.sleep(configurationRetryMs, signal);
          continue;
        }
        if (!this.#shouldRestart(exitCode)) return;
        await this.#waitToRestart();
        this.#record.restartCount++;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Graceful end: hook, SIGTERM, and SIGKILL once `force` aborts. It is not started again. */
  async stop(force: AbortSignal): Promise<void> {
    this.#stopping.abort();
    this.#checks.abort();
    if (this.#process) this.#normal('Killing', `Stopping container ${this.spec.name}`);
    await this.#endProcess(force);
  }

  /** At once, without hook or event. It is not started again. */
  async kill(): Promise<void> {
    this.#stopping.abort();
    this.#checks.abort();
    this.#group?.signal('SIGKILL');
    await this.#process?.exited;
  }

  /** What the kernel does with a container above its memory limit (cgroups(7), memory.oom.group). */
  killForMemory(): void {
    if (!this.#group) return;
    this.#outOfMemory = true;
    this.#group.signal('SIGKILL');
  }

  #pull(): Promise<Image> {
    return pullImage({
      context: this.#host.context,
      pod: this.#host.pod(),
      container: this.spec,
      signal: this.#stopping.signal,
      onWaiting: (reason, message) => this.#record.setState({ waiting: { reason, message } }),
    });
  }

  /** One life of the process; gives its exit code, undefined when it could not be configured. */
  async #runOnce(image: Image): Promise<number | undefined> {
    this.#record.imageID = imageId(this.spec.image ?? '', image);
    if (!this.#configure() || this.#stopping.signal.aborted) return undefined;
    const { clock, random } = this.#host.context;
    this.#record.containerID = `containerd://${random.hex(64)}`;
    this.#normal('Created', `Created container: ${this.spec.name}`);
    const startedAt = clock.now();
    try {
      const running = await startProcess({
        command: commandOf(this.spec, image, this.#environment),
        environment: this.#environment,
        workingDirectory: this.spec.workingDir,
        network: this.#host.network,
        log: this.#newLog(),
      });
      return await this.#live(running, startedAt);
    } catch (error) {
      if (!(error instanceof NotExecutableError)) throw error;
      this.#warning('Failed', `Error: ${error.message}`);
      return this.#end(startedAt, { exitCode: 128, reason: 'StartError', message: error.message });
    }
  }

  /** False when a ConfigMap, a Secret or a key that the spec names is not there. */
  #configure(): boolean {
    const { api, node } = this.#host.context;
    try {
      const sources = { api, podIP: this.#host.network.podIP, hostIP: node.address };
      this.#environment = containerEnvironment(this.#host.pod(), this.spec, sources);
      return true;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#warning('Failed', `Error: ${message}`);
      this.#record.setState({ waiting: { reason: 'CreateContainerConfigError', message } });
      return false;
    }
  }

  async #live(running: ContainerProcess, startedAt: Date): Promise<number> {
    const { ports } = this.#host.context;
    ports.onProcess?.(running.pid);
    const life = new AbortController();
    const group = createControlGroup(running.pid, this.#host.context.clock);
    this.#process = running;
    this.#group = group;
    this.#outOfMemory = false;
    this.#checks = new AbortController();
    this.#record.started = !this.spec.startupProbe;
    this.#record.ready = !this.spec.readinessProbe;
    this.#record.setState({ running: { startedAt: stamp(startedAt) } });
    this.#normal('Started', `Started container ${this.spec.name}`);
    // A stop that came while the process was being started found nothing to stop.
    if (this.#stopping.signal.aborted) group.signal('SIGKILL');
    else this.#watch(running, life.signal);
    const { exitCode } = await running.exited;
    life.abort();
    this.#checks.abort();
    group.end();
    ports.onProcessExit?.(running.pid);
    this.#process = undefined;
    this.#group = undefined;
    this.#record.started = false;
    this.#record.ready = false;
    const reason = this.#outOfMemory ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error';
    return this.#end(startedAt, { exitCode, reason });
  }

  #watch(running: ContainerProcess, life: AbortSignal): void {
    void this.#postStart(running);
    startContainerProbes({
      spec: this.spec,
      clock: this.#host.context.clock,
      life,
      checks: this.#checks.signal,
      target: (timeoutWallMs) => this.#probeTarget(timeoutWallMs),
      onUnhealthy: (message) => this.#warning('Unhealthy', message),
      onReady: (ready) => this.#record.setReady(ready),
      onStarted: () => {
        this.#record.started = true;
        this.#host.changed();
      },
      onFailed: (kind, probe) => void this.#restart(kind, probe),
    });
  }

  #end(startedAt: Date, exit: { exitCode: number; reason: string; message?: string }): number {
    const { clock } = this.#host.context;
    const times = { startedAt: stamp(startedAt), finishedAt: stamp(clock.now()) };
    this.#record.setState({ terminated: { ...exit, ...times, containerID: this.#record.containerID } });
    return exit.exitCode;
  }

  async #waitToRestart(): Promise<void> {
    const { clock } = this.#host.context;
    const waitMs = this.#backoff.nextDelayMs(clock.elapsedMs());
    if (waitMs === 0) return;
    const { metadata } = this.#host.pod();
    const pod = `${metadata?.name}_${metadata?.namespace}(${metadata?.uid})`;
    const seconds = Math.round(waitMs / 1000);
    const message = `back-off ${seconds}s restarting failed container=${this.spec.name} pod=${pod}`;
    this.#record.setState({ waiting: { reason: 'CrashLoopBackOff', message } });
    this.#warning('BackOff', `Back-off restarting failed container ${this.spec.name} in pod ${pod}`);
    await clock.sleep(waitMs, this.#stopping.signal);
  }

  async #restart(kind: 'startup' | 'liveness', probe: V1Probe): Promise<void> {
    if (this.#checks.signal.aborted) return;
    this.#checks.abort();
    this.#normal('Killing', `Container ${this.spec.name} failed ${kind} probe, will be restarted`);
    const { clock } = this.#host.context;
    const podGrace = this.#host.pod().spec?.terminationGracePeriodSeconds ?? 30;
    const force = new AbortController();
    const ended = new AbortController();
    const graceMs = (probe.terminationGracePeriodSeconds ?? podGrace) * 1000;
    clock.after(graceMs, () => force.abort(), ended.signal);
    await this.#endProcess(force.signal);
    ended.abort();
  }

  async #postStart(running: ContainerProcess): Promise<void> {
    const handler = this.spec.lifecycle?.postStart;
    if (!handler) return;
    const { clock } = this.#host.context;
    const target = this.#probeTarget(clock.ioTimeoutWallMs(60_000));
    const failure = await runHook(handler, target, clock, this.#checks.signal);
    if (failure === undefined || this.#process !== running) return;
    this.#warning('FailedPostStartHook', `PostStartHook failed: ${failure}`);
    running.signalGroup('SIGKILL');
  }

  async #endProcess(force: AbortSignal): Promise<void> {
    if (!this.#process) return;
    const { clock } = this.#host.context;
    const graceSeconds = this.#host.pod().metadata?.deletionGracePeriodSeconds ?? 30;
    await endProcess({
      process: this.#process,
      preStop: this.spec.lifecycle?.preStop,
      target: this.#probeTarget(clock.ioTimeoutWallMs(graceSeconds * 1000)),
      clock,
      force,
      onHookFailed: (message) => this.#warning('FailedPreStopHook', message),
    });
  }

  #probeTarget(timeoutWallMs: number): ProbeTarget {
    return {
      container: this.spec,
      podIP: this.#host.network.podIP,
      nodeAddress: this.#host.context.node.address,
      timeoutWallMs,
      execute: (command, limitWallMs) =>
        executeCommand({
          command,
          environment: this.#environment,
          network: this.#host.network,
          timeoutWallMs: limitWallMs,
          group: this.#group,
          ports: this.#host.context.ports,
        }),
    };
  }

  #newLog(): ContainerLog {
    const { clock, ports, node } = this.#host.context;
    const { namespace = '', name: pod = '', labels = {} } = this.#host.pod().metadata ?? {};
    const origin = { namespace, pod, container: this.spec.name, node: node.name, labels };
    this.#previousLog = this.#log;
    this.#log = createContainerLog({
      now: () => clock.now(),
      onLine: (line) => ports.onLogLine({ ...origin, ...line }),
    });
    return this.#log;
  }

  #normal(reason: string, message: string): void {
    this.#host.context.events.normal(this.#host.pod(), reason, message, this.#field);
  }

  #warning(reason: string, message: string): void {
    this.#host.context.events.warning(this.#host.pod(), reason, message, this.#field);
  }
}

/** `command` replaces the image's, `args` follow it (Kubernetes documentation, "Define a Command and Arguments"). */
function commandOf(spec: V1Container, image: Image, environment: Readonly<Record<string, string>>): string[] {
  const words = [...(spec.command ?? image.command), ...(spec.args ?? [])];
  return words.map((word) => expandVariables(word, environment));
}
