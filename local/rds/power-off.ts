import { processesOf, sendTo } from './processes.ts';
import { attachedProcesses, removeSegment, segmentOf } from './shared-memory.ts';
import { until } from './until.ts';

export interface ServerRemains {
  /** The postmaster, until its exit was seen: after that the number may be somebody else's. */
  postmaster(): number | undefined;
  /** Where every process of the server works. */
  readonly dataDirectory: string;
  readonly timeoutWallMs: number;
}

/**
 * Ends a server as a power cut would, and returns only when none of its processes is left: the fence of a
 * failover. First an immediate shutdown, by which the postmaster still takes its IPC objects along; what then
 * remains, also one that was frozen before, is frozen and killed.
 */
export async function powerOff(remains: ServerRemains): Promise<void> {
  const graceWallMs = remains.postmaster() === undefined ? 0 : immediateShutdownWallMs;
  sendTo(remains.postmaster(), 'SIGQUIT');
  for (const segment of await untilGone(remains, graceWallMs)) await removeSegment(segment);
}

/** SIGKILL to every process: nothing says goodbye, and the shared memory stays behind until the `powerOff` that follows. */
export async function killServer(remains: ServerRemains): Promise<void> {
  await untilGone(remains, 0);
}

/** The kernel takes some milliseconds to tear a few processes down; a hung one is not waited for. */
const immediateShutdownWallMs = 500;

/** Answers with the segments that the server had: a postmaster that starts its processes again makes another one. */
async function untilGone(remains: ServerRemains, graceWallMs: number): Promise<ReadonlySet<number>> {
  const { dataDirectory, timeoutWallMs } = remains;
  const killAt = performance.now() + graceWallMs;
  const segments = new Set<number>();
  const look = async () => {
    const exited = remains.postmaster() === undefined;
    const segment = await segmentOf(dataDirectory);
    if (segment !== undefined) segments.add(segment);
    const attached = await attachedProcesses(segments);
    if (exited && attached === 0) return { value: segments };
    if (performance.now() >= killAt) await killAll(remains);
    return { seen: `${attached} processes attached to its memory` };
  };
  const signal = new AbortController().signal;
  return until<ReadonlySet<number>>(look, {
    what: `no process of "${dataDirectory}"`,
    timeoutWallMs,
    signal,
  });
}

/** The postmaster is frozen before its children are listed, so that it cannot fork one more in between. */
async function killAll({ postmaster, dataDirectory }: ServerRemains): Promise<void> {
  sendTo(postmaster(), 'SIGSTOP');
  const pids = await processesOf(postmaster(), dataDirectory);
  for (const pid of pids) sendTo(pid, 'SIGKILL');
  sendTo(postmaster(), 'SIGKILL');
}
