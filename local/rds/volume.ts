import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemPath } from '../base/remove-directory.ts';
import type { ServiceAccount } from './service-account.ts';
import { makePrivateDirectory } from './service-account.ts';
import { until } from './until.ts';

/** A file system of its own, in which one server stores its data: what a DB instance's storage is on RDS. */
export interface Volume {
  /** Since `fill`, until `widen`. */
  readonly full: boolean;
  /** Resolves when no block is left in it: the next that needs one gets ENOSPC. */
  fill(): Promise<void>;
  /** It has its size again. Nothing happens when it has, or is removed. */
  widen(): Promise<void>;
  /** As much as a server needs to start: one segment of WAL. */
  hasRoom(): Promise<boolean>;
  remove(): Promise<void>;
}

/** Finds out by doing it in that directory: capabilities, security modules and a missing program all count. */
export function canMountVolumes(within: string): boolean {
  const directory = mkdtempSync(join(within, 'mount-'));
  try {
    const can = spawnSync('mount', ['-t', 'tmpfs', 'stormproof', directory], environment).status === 0;
    return can && spawnSync('umount', ['--', directory], environment).status === 0;
  } finally {
    rmdirSync(directory);
  }
}

/** Mounted at `directory`, and owned by the servers' user. Costs no memory but for what is stored in it. */
export async function mountVolume(directory: string, account: ServiceAccount): Promise<Volume> {
  await makePrivateDirectory(directory, account);
  const { uid = process.getuid?.(), gid = process.getgid?.() } = account;
  const options = `size=${size},mode=700,uid=${uid},gid=${gid},nosuid,nodev`;
  await run('mount', ['-t', 'tmpfs', '-o', options, 'stormproof', directory], environment);
  const resize = (bytes: number) =>
    run('mount', ['-o', `remount,size=${bytes}`, '--', directory], environment);
  let full = false;
  let removed = false;
  const shrink = async () => {
    const { blocks, bfree, bsize } = await statfs(directory);
    if (bfree === 0 || !full || removed) return { value: undefined };
    // Refused when somebody took a block meanwhile.
    await resize((blocks - bfree) * bsize).catch(() => undefined);
    return { seen: `${bfree} blocks of ${bsize} bytes` };
  };
  return {
    get full() {
      return full;
    },
    fill: () => {
      full = true;
      const what = `no room in "${directory}"`;
      return until(shrink, { what, timeoutWallMs: fillTimeoutWallMs, signal: new AbortController().signal });
    },
    widen: async () => {
      if (full && !removed) await resize(size);
      full = false;
    },
    hasRoom: async () => {
      const { bavail, bsize } = await statfs(directory);
      return bavail * bsize >= walSegmentBytes;
    },
    remove: async () => {
      if (removed) return;
      removed = true;
      // Lazily: whoever reads in it from outside goes on.
      await run('umount', ['--lazy', '--', directory], environment);
    },
  };
}

const run = promisify(execFile);
const environment = { env: { LC_ALL: 'C', PATH: systemPath } };
/** A server has some 40 MB in the beginning, and WAL up to `max_wal_size` (`settings.ts`); the rest is for clients. */
const size = 4 * 2 ** 30;
const walSegmentBytes = 2 ** 24;
const fillTimeoutWallMs = 30_000;
