import { readdir, readFile, readlink } from 'node:fs/promises';

/**
 * All processes of a server but its postmaster: its children, and, once a postmaster was killed, what outlived it and
 * still works in its directory.
 */
export async function processesOf(
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

/** Stopped, or a corpse that a stopped parent cannot bury, or gone. */
export async function standsStill(pid: number): Promise<boolean> {
  const state = (await statOf(pid))?.[0];
  return state === undefined || ['T', 'Z', 'X'].includes(state);
}

/** To a process that may have ended. */
export function sendTo(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function parentOf(pid: number): Promise<number | undefined> {
  const parent = (await statOf(pid))?.[1];
  return parent === undefined ? undefined : Number(parent);
}

/** From the state on. proc_pid_stat(5): the name in parentheses may hold anything, so read from the last one. */
async function statOf(pid: number): Promise<readonly string[] | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(ignoreGone);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** Processes end while we look, and other users' are closed to us. */
function ignoreGone(error: NodeJS.ErrnoException): undefined {
  if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(error.code ?? '')) return undefined;
  throw error;
}
