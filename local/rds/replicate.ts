import { execFile } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { PostgresServer } from './server.ts';
import type { ServiceAccount } from './service-account.ts';
import { makePrivateDirectory, own, writePrivateFile } from './service-account.ts';

/**
 * Fills `standby.dataDirectory` from the running `primary`, as pg_basebackup would (it is not in the package):
 * "Making a Base Backup Using the Low Level API", PostgreSQL manual §25.3.4. The slot comes first, so that the
 * primary keeps all WAL from the backup's start on.
 */
export async function replicate(
  { primary, standby, slot }: { primary: PostgresServer; standby: PostgresServer; slot: string },
  { account, signal }: { account: ServiceAccount; signal: AbortSignal },
): Promise<void> {
  await using session = await primary.session(signal);
  await session.query(
    'select pg_drop_replication_slot(slot_name) from pg_replication_slots where not active',
  );
  await session.query('select pg_create_physical_replication_slot($1, true)', [slot]);
  await session.query('select pg_backup_start($1, true)', [slot]);
  await copyRunning(primary.dataDirectory, standby.dataDirectory, { account, signal });
  const [label] = await session.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
  if (!label) throw new Error(`Cannot copy "${primary.dataDirectory}": expected a backup label, got none`);
  await writePrivateFile(`${standby.dataDirectory}/backup_label`, label.labelfile, account);
  await writePrivateFile(`${standby.dataDirectory}/standby.signal`, '', account);
}

interface CopyOptions {
  readonly account: ServiceAccount;
  readonly signal: AbortSignal;
}

/** The copy of a cluster between pg_backup_start and pg_backup_stop. */
async function copyRunning(from: string, to: string, options: CopyOptions): Promise<void> {
  await makePrivateDirectory(to, options.account);
  for (const name of runtimeDirectories) {
    await mkdir(`${to}/${name}`, { mode: 0o700 });
    await own(`${to}/${name}`, options.account);
  }
  const leftOut = new Set(['postmaster.pid', 'postmaster.opts', ...runtimeDirectories]);
  const names = (await readdir(from)).filter((name) => !leftOut.has(name));
  await copy(
    names.map((name) => `${from}/${name}`),
    to,
    options,
  );
  // Again and last, as pg_basebackup does: a checkpoint during the copy must not make it older than the data.
  await copy([`${from}/global/pg_control`], `${to}/global`, options);
}

/** What the manual says to leave out (§25.3.4.3); the server fills them anew. */
const runtimeDirectories = [
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
];

/**
 * By cp, as the servers' user: a thousand small files take 0.1 s so, 0.5 s through Node's thread pool, and the
 * stack's event loop stays free. A file that vanishes is a dropped table or a sort's: the WAL knows.
 */
async function copy(from: readonly string[], to: string, { account, signal }: CopyOptions): Promise<void> {
  const options = { ...account, cwd: '/', env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' }, signal };
  try {
    await promisify(execFile)('cp', ['-R', '-p', '--', ...from, to], options);
  } catch (error) {
    const lines = String((error as { stderr?: unknown }).stderr ?? '')
      .trim()
      .split('\n');
    if (!lines.every((line) => line.endsWith('No such file or directory'))) throw error;
  }
}
