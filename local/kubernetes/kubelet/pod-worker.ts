import type { V1Pod } from '@kubernetes/client-node';
import { StatusError } from '../api.ts';
import { writeStatus } from '../object-changes.ts';
import { isReady } from '../pods.ts';
import { resources } from '../resources.ts';
import type { ContainerHost } from './container.ts';
import { Container } from './container.ts';
import type { NodeContext } from './kubelet-context.ts';
import { podStatus } from './pod-status.ts';

/** One pod on its node, from the moment it is bound until it is gone. */
export interface PodWorker {
  readonly namespace: string;
  readonly name: string;
  readonly containers: readonly Container[];
  readonly startedAtMs: number;
  /** By the stack's clock; undefined while the pod is not ready. */
  readonly readySinceMs: number | undefined;
  /** The API has a new version of the pod. */
  update(pod: V1Pod): void;
  /** Kills every process at once and reports nothing more. The pod keeps its address. */
  halt(): Promise<void>;
  /** Gives the address of a pod whose processes are gone back. */
  release(): void;
}

export function startPodWorker(context: NodeContext, first: V1Pod): PodWorker {
  const { api, clock, ports, node } = context;
  const { namespace = '', name = '', uid } = first.metadata ?? {};
  const startedAt = new Date(first.status?.startTime ?? clock.now());
  const startedAtMs = clock.elapsedMs();
  const force = new AbortController();
  let pod = first;
  let podIP: string | undefined;
  let init: Container[] = [];
  let main: Container[] = [];
  let terminating = false;
  let destroyed = false;
  let ended = false;
  let readySinceMs: number | undefined;
  let flushing = false;
  let graceSeconds: number | undefined;

  const changed = (): void => {
    if (flushing) return;
    flushing = true;
    queueMicrotask(() => void flush());
  };
  const flush = async (): Promise<void> => {
    flushing = false;
    const current = api.get<V1Pod>(resources.pods, namespace, name);
    if (destroyed || !podIP || current?.metadata?.uid !== uid || !current) return;
    const status = podStatus(current, view(), clock.now());
    const ready = isReady({ ...current, status });
    if (ready !== (readySinceMs !== undefined)) readySinceMs = ready ? clock.elapsedMs() : undefined;
    try {
      await writeStatus(api, resources.pods, current, status);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      if (error.reason === 'Conflict') changed();
    }
  };
  const view = () => ({
    podIP,
    hostIP: node.address,
    startedAt,
    initContainers: init.map((container) => container.view()),
    containers: main.map((container) => container.view()),
    ended,
  });

  const live = async (): Promise<void> => {
    if (terminating || refuseVolumes(context, pod)) return;
    podIP = await ports.allocatePodAddress(node.zone);
    const host: ContainerHost = {
      context,
      pod: () => pod,
      changed,
      network: {
        podIP,
        dnsServer: ports.dnsServer,
        dnsTimeoutWallMs: clock.ioTimeoutWallMs(5_000),
        hostname: pod.spec?.hostname ?? name,
      },
    };
    const policy = pod.spec?.restartPolicy ?? 'Always';
    init = (pod.spec?.initContainers ?? []).map(
      (spec) => new Container(host, spec, (code) => code !== 0 && policy !== 'Never'),
    );
    const restarts = (code: number): boolean => policy === 'Always' || (policy === 'OnFailure' && code !== 0);
    main = (pod.spec?.containers ?? []).map((spec) => new Container(host, spec, restarts));
    takeOver(main, first);
    changed();
    // After a reboot the sandbox is a new one, and its init containers run again, unless nothing comes after them.
    if (!main.some(({ startable }) => startable)) return;
    for (const container of init) {
      if (terminating) return;
      await container.run();
      if (container.view().state.terminated?.exitCode !== 0) return;
    }
    if (!terminating) await Promise.all(main.map((container) => container.run()));
  };

  const terminate = async (): Promise<void> => {
    await Promise.all([...init, ...main].map((container) => container.stop(force.signal)));
    await running;
    if (destroyed) return;
    ended = true;
    await flush();
    force.abort();
    release();
    await remove();
  };

  const remove = async (): Promise<void> => {
    if (api.get<V1Pod>(resources.pods, namespace, name)?.metadata?.uid !== uid) return;
    await api.delete(resources.pods, namespace, name, { gracePeriodSeconds: 0 });
  };

  const release = (): void => {
    if (podIP) ports.releasePodAddress(podIP);
    podIP = undefined;
  };

  const running = live().catch((error: unknown) => {
    context.events.warning(pod, 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${error}`);
  });
  // A pod that ran to its end has no sandbox any more.
  void running.then(() => {
    if (terminating || destroyed || ended || main.length === 0) return;
    ended = true;
    void flush();
  });

  return {
    namespace,
    name,
    get containers() {
      return [...init, ...main];
    },
    startedAtMs,
    get readySinceMs() {
      return readySinceMs;
    },
    update: (next) => {
      pod = next;
      changed();
      const grace = next.metadata?.deletionGracePeriodSeconds;
      if (next.metadata?.deletionTimestamp === undefined || grace === undefined) return;
      // A second deletion may shorten the first: the earliest end holds.
      if (grace !== graceSeconds) clock.after(grace * 1000, () => force.abort(), force.signal);
      graceSeconds = grace;
      if (terminating) return;
      terminating = true;
      void terminate();
    },
    halt: async () => {
      destroyed = true;
      terminating = true;
      force.abort();
      await Promise.all([...init, ...main].map((container) => container.kill()));
      await running;
    },
    release,
  };
}

/** Containers that ran before their node rebooted. */
function takeOver(containers: readonly Container[], { status }: V1Pod): void {
  for (const container of containers) {
    const earlier = status?.containerStatuses?.find(({ name }) => name === container.spec.name);
    if (earlier) container.takeOver(earlier);
  }
}

/** Processes share this machine's files: a mount cannot be given, and must not be silently absent. */
function refuseVolumes({ events }: NodeContext, pod: V1Pod): boolean {
  const mounted = (pod.spec?.containers ?? []).flatMap(({ volumeMounts = [] }) => volumeMounts);
  const [volume] = mounted;
  if (!volume) return false;
  const message = `MountVolume.SetUp failed for volume "${volume.name}" : pods of this cluster are processes without a mount namespace, use environment variables`;
  events.warning(pod, 'FailedMount', message);
  return true;
}
