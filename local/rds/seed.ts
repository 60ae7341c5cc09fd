import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Binaries } from './binaries.ts';
import type { ServiceAccount } from './service-account.ts';
import { makePrivateDirectory } from './service-account.ts';
import { superuser } from './session.ts';

/**
 * An empty cluster, which each instance starts as a copy of. initdb takes about 0.5 s, measured, and runs while
 * the rest of the stack starts, so nothing is cached between runs. `--no-sync`: what a crash of the whole
 * machine would lose is not yet anybody's data; servers themselves run with fsync on.
 */
export async function makeSeed(
  directory: string,
  { binaries, account, signal }: { binaries: Binaries; account: ServiceAccount; signal: AbortSignal },
): Promise<string> {
  await makePrivateDirectory(directory, account);
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const options = ['--no-sync', '--no-instructions', '--auth=reject', `--username=${superuser}`];
  await promisify(execFile)(binaries.initdb, ['-D', directory, ...options, ...locale], {
    ...account,
    cwd: '/',
    env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' },
    signal,
  });
  return directory;
}
