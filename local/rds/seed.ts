import { execFile } from 'node:child_process';
import { rename, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { copy } from './base-backup.ts';
import type { Binaries } from './binaries.ts';
import type { ServiceAccount } from './service-account.ts';
import { makePrivateDirectory } from './service-account.ts';
import { superuser } from './session.ts';

export interface Seed {
  /** Fills a directory that does not exist yet, or is empty, with an empty cluster. */
  fill(directory: string): Promise<void>;
  /** When nothing is being made any more. */
  settled(): Promise<void>;
}

/**
 * The first cluster is made at once, while the rest of the stack starts (initdb takes about 0.5 s), and handed
 * over by renaming it, or a copy of 0.1 s; later ones are made when they are asked for. Nothing is cached between runs.
 */
export function startSeed(warm: string, options: SeedOptions): Seed {
  const making = initialise(warm, options);
  const settled = making.then(
    () => undefined,
    () => undefined,
  );
  let taken = false;
  return {
    fill: async (directory) => {
      if (taken) return initialise(directory, options);
      taken = true;
      await making;
      await (options.ownVolumes ? move(warm, directory, options) : rename(warm, directory));
    },
    settled: () => settled,
  };
}

interface SeedOptions {
  readonly binaries: Binaries;
  readonly account: ServiceAccount;
  /** Directories are file systems of their own, into which nothing can be renamed. */
  readonly ownVolumes: boolean;
}

async function move(from: string, to: string, { account }: SeedOptions): Promise<void> {
  await copy([`${from}/.`], to, { account, signal: new AbortController().signal });
  await rm(from, { recursive: true });
}

/**
 * Not abortable: initdb has children, which would go on. `--no-sync`: what a crash of the whole machine would lose here is not yet anybody's data; servers themselves
 * run with fsync on.
 */
async function initialise(directory: string, { binaries, account }: SeedOptions): Promise<void> {
  await makePrivateDirectory(directory, account);
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const options = ['--no-sync', '--no-instructions', '--auth=reject', `--username=${superuser}`];
  await promisify(execFile)(binaries.initdb, ['-D', directory, ...options, ...locale], {
    ...account,
    cwd: '/',
    env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' },
  });
}
