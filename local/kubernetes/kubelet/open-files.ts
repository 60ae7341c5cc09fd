import { execFile } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { readProc } from './process-table.ts';

/** Whether this machine has util-linux's `prlimit`, the one way to change another process's limits. */
export function canLimitOpenFiles(path = process.env.PATH ?? ''): boolean {
  return path.split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, 'prlimit'), constants.X_OK);
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error) return false;
      throw error;
    }
  });
}

/**
 * Lets a process open no more files than it has open: its soft limit becomes its lowest free descriptor. Gives the
 * limit that it had, undefined when it is gone.
 */
export async function limitOpenFiles(pid: number): Promise<string | undefined> {
  const former = softLimit(pid);
  const free = lowestFreeDescriptor(pid);
  if (former === undefined || free === undefined) return undefined;
  return (await setSoftLimit(pid, String(free))) ? former : undefined;
}

/** Gives a process its former soft limit back; nothing happens when it is gone. */
export async function restoreOpenFiles(pid: number, former: string): Promise<void> {
  await setSoftLimit(pid, former);
}

function softLimit(pid: number): string | undefined {
  const limits = readProc(`/proc/${pid}/limits`);
  return limits && /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1];
}

function lowestFreeDescriptor(pid: number): number | undefined {
  try {
    const taken = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
    let free = 0;
    while (taken.has(free)) free++;
    return free;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** False when the process is gone. */
async function setSoftLimit(pid: number, limit: string): Promise<boolean> {
  try {
    await promisify(execFile)('prlimit', ['--pid', String(pid), `--nofile=${limit}:`]);
    return true;
  } catch (error) {
    if (readProc(`/proc/${pid}/stat`) === undefined) return false;
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error(
      'Cannot limit the open files of a pod: expected the program "prlimit" in PATH, got none, install util-linux',
      { cause: error },
    );
  }
}
