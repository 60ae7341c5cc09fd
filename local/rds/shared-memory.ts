import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * The System V segment of a server is what PostgreSQL itself trusts to tell whether any process of that server is
 * left (`src/backend/port/sysv_shmem.c`): every one of them is attached to it until it ends.
 */
export async function attachedProcesses(segment: number): Promise<number> {
  const line = (await readFile('/proc/sysvipc/shm', 'utf8'))
    .split('\n')
    .map((text) => text.trim().split(/\s+/))
    .find((columns) => Number(columns[shmidColumn]) === segment);
  return line ? Number(line[nattchColumn]) : 0;
}

/** Line 7 of postmaster.pid: key and identifier. */
export async function segmentOf(dataDirectory: string): Promise<number> {
  const lines = (await readFile(`${dataDirectory}/postmaster.pid`, 'utf8')).split('\n');
  const segment = Number(lines[6]?.trim().split(/\s+/)[1]);
  if (Number.isInteger(segment)) return segment;
  throw new Error(
    `Cannot read "${dataDirectory}/postmaster.pid": expected a shared memory identifier on line 7, got ${JSON.stringify(lines[6])}`,
  );
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
