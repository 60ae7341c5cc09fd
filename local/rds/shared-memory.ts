import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * The System V segment of a server is what PostgreSQL itself trusts to tell whether any process of that server is
 * left (`src/backend/port/sysv_shmem.c`): every one of them is attached to it until it ends.
 */
export async function attachedProcesses(segments: ReadonlySet<number>): Promise<number> {
  const lines = (await readFile('/proc/sysvipc/shm', 'utf8')).split('\n');
  const counts = lines
    .map((text) => text.trim().split(/\s+/))
    .filter((columns) => segments.has(Number(columns[shmidColumn])))
    .map((columns) => Number(columns[nattchColumn]));
  return counts.reduce((sum, count) => sum + count, 0);
}

/**
 * Line 7 of postmaster.pid, key and identifier: what a starting server itself looks at. Absent before the server has
 * written it, and after a postmaster that ended in order, which goes last of its processes and takes the file along.
 */
export async function segmentOf(dataDirectory: string): Promise<number | undefined> {
  const text = await readFile(`${dataDirectory}/postmaster.pid`, 'utf8').catch(ignoreAbsent);
  const identifier = text?.split('\n')[6]?.trim().split(/\s+/)[1];
  return identifier === undefined ? undefined : Number(identifier);
}

/** A postmaster removes its segment as it exits; one that was killed cannot. */
export async function removeSegment(segment: number): Promise<void> {
  const listed = (await readFile('/proc/sysvipc/shm', 'utf8'))
    .split('\n')
    .some((text) => Number(text.trim().split(/\s+/)[shmidColumn]) === segment);
  if (listed) await promisify(execFile)('ipcrm', ['-m', String(segment)]);
}

// proc_sysvipc(5): key shmid perms size cpid lpid nattch …
const shmidColumn = 1;
const nattchColumn = 6;

function ignoreAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
