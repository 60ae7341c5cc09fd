import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** The user that servers run as. PostgreSQL refuses to run as root, so root drops to nobody. */
export interface ServiceAccount {
  /** Absent: the user that runs the stack. */
  readonly uid?: number;
  readonly gid?: number;
}

export function serviceAccount(): ServiceAccount {
  return process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
}

const nobody = 65534;
const run = promisify(execFile);

/** Asks the kernel, as that user, instead of reading mode bits: ACLs, mounts and parents all count. */
export async function canEnter(path: string, account: ServiceAccount): Promise<boolean> {
  try {
    await run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', path], { ...account, cwd: '/' });
    return true;
  } catch (error) {
    if (typeof (error as { code?: unknown }).code === 'number') return false;
    throw error;
  }
}

export async function own(path: string, { uid, gid }: ServiceAccount): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}

/** A directory that only the servers' user (and root) may enter. */
export async function makePrivateDirectory(path: string, account: ServiceAccount): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  await own(path, account);
}

export async function writePrivateFile(path: string, text: string, account: ServiceAccount): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  await own(path, account);
}
