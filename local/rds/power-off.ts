import { readdir, readFile, readlink } from 'node:fs/promises';
import { attachedProcesses, removeSegment } from './shared-memory.ts';
import { until } from './until.ts';

export interface ServerRemains {
  /** The postmaster, until its exit was seen: after that the number may be somebody else's. */
  postmaster(): number | undefined;
  /** Where every process of the server works. */
  readonly dataDirectory: string;
  readonly sharedMemorySegment: number | undefined;
  readonly timeoutWallMs: number;
}

/**
 * Ends a server as a power cut would, and returns only when none of its processes is left: the fence of a
 * failover. First an immediate shutdown, by which the postmaster still takes its IPC objects along; what then
 * remains is frozen and killed. The postmaster is frozen before its children are listed, so that it cannot
 * fork one more in between; a child that outlived a killed postmaster is found by its working directory.
 */
export async function powerOff(remains: ServerRemains): Promise<void> {
  const { sharedMemorySegment: segment, dataDirectory, timeoutWallMs } = remains;
  const killAt = performance.now() + (remains.postmaster() === undefined ? 0 : immediateShutdownWallMs);
  sendTo(remains.postmaster(), 'SIGQUIT');
  const look = async () => {
    const attached = segment === undefined ? 0 : await attachedProcesses(segment);
    if (remains.postmaster() === undefined && attached === 0) return { value: undefined };
    if (performance.now() >= killAt) await killAll(remains);
    return { seen: `${attached} processes attached to its memory` };
  };
  const signal = new AbortController().signal;
  await until(look, { what: `no process of "${dataDirectory}"`, timeoutWallMs, signal });
  if (segment !== undefined) await removeSegment(segment);
}

/** The kernel takes some milliseconds to tear a few processes down; a hung one is not waited for. */
const immediateShutdownWallMs = 500;

async function killAll({ postmaster, dataDirectory }: ServerRemains): Promise<void> {
  sendTo(postmaster(), 'SIGSTOP');
  const pids = await processesOf(postmaster(), dataDirectory);
  for (const pid of pids) sendTo(pid, 'SIGKILL');
  sendTo(postmaster(), 'SIGKILL');
}

async function processesOf(
  postmaster: number | undefined,
  dataDirectory: string,
): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const belongs = await Promise.all(
    pids.map(
      async (pid) =>
        (postmaster !== undefined && (await parentOf(pid)) === postmaster) ||
        (await readlink(`/proc/${pid}/cwd`).catch(ignoreGone)) === dataDirectory,
    ),
  );
  return pids.filter((pid, index) => belongs[index] && pid !== postmaster);
}

/** proc_pid_stat(5): the name in parentheses may hold anything, so read from the last one. */
async function parentOf(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(ignoreGone);
  const parent = text?.slice(text.lastIndexOf(')') + 2).split(' ')[1];
  return parent === undefined ? undefined : Number(parent);
}

/** Processes end while we look, and other users' are closed to us. */
function ignoreGone(error: NodeJS.ErrnoException): undefined {
  if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(error.code ?? '')) return undefined;
  throw error;
}

function sendTo(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
