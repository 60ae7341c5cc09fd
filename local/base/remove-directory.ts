import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { sep } from 'node:path';

/**
 * Removes a directory and what is mounted below it, whoever left it there. Succeeds when there is none. Synchronous:
 * it is the last that an ending process does.
 */
export function removeDirectory(directory: string): void {
  for (let left = mostAttempts; ; left--) {
    const mounts = mountsBelow(directory);
    // Lazily: what still has a file open keeps it, and nobody else sees it any more.
    if (mounts.length > 0) spawnSync('umount', ['--lazy', '--', ...mounts], { env: { PATH: systemPath } });
    try {
      rmSync(directory, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 });
      return;
    } catch (error) {
      // Somebody who was killed may have been about to mount one more.
      if (left === 1 || !isBusy(error)) throw error;
    }
  }
}

/** The innermost first: proc_pid_mountinfo(5). Empty where there is no such thing. */
export function mountsBelow(directory: string): readonly string[] {
  return mountPoints()
    .filter((path) => path.startsWith(`${directory}${sep}`))
    .reverse();
}

const mostAttempts = 5;
/** A keeper is started without an environment. */
export const systemPath = '/usr/sbin:/usr/bin:/sbin:/bin';

function mountPoints(): readonly string[] {
  try {
    const lines = readFileSync('/proc/self/mountinfo', 'utf8').trimEnd().split('\n');
    return lines.map((line) => unescaped(line.split(' ')[4] ?? ''));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function unescaped(path: string): string {
  return path.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EBUSY' || error.code === 'ENOTEMPTY');
}
