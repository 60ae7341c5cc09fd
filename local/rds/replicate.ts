import { constants } from 'node:fs';
import { copyFile, mkdir, readdir } from 'node:fs/promises';
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
  await copyCluster(primary.dataDirectory, standby.dataDirectory, { account, signal });
  const [label] = await session.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
  if (!label) throw new Error(`Cannot copy "${primary.dataDirectory}": expected a backup label, got none`);
  await writePrivateFile(`${standby.dataDirectory}/backup_label`, label.labelfile, account);
  await writePrivateFile(`${standby.dataDirectory}/standby.signal`, '', account);
}

/** Copies a stopped cluster whole, or a running one between pg_backup_start and pg_backup_stop. */
export async function copyCluster(
  from: string,
  to: string,
  { account, signal, stopped = false }: { account: ServiceAccount; signal: AbortSignal; stopped?: boolean },
): Promise<void> {
  const copy = { account, signal, emptied: stopped ? none : runtimeDirectories };
  await makePrivateDirectory(to, account);
  await copyDirectory(from, to, '', copy);
  // Last, as pg_basebackup does: a checkpoint during the copy must not make the control file older than the data.
  if (!stopped) await copyOne(`${from}/global/pg_control`, `${to}/global/pg_control`, account);
}

interface Copy {
  readonly account: ServiceAccount;
  readonly signal: AbortSignal;
  readonly emptied: ReadonlySet<string>;
}

async function copyDirectory(from: string, to: string, relative: string, copy: Copy): Promise<void> {
  copy.signal.throwIfAborted();
  const entries = await readdir(`${from}/${relative}`, { withFileTypes: true });
  await Promise.all(
    entries.map(async (entry) => {
      const path = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (entry.isDirectory()) {
        await mkdir(`${to}/${path}`, { mode: 0o700 });
        await own(`${to}/${path}`, copy.account);
        if (!copy.emptied.has(path)) await copyDirectory(from, to, path, copy);
      } else if (copy.emptied === none || !leftOut(path, entry.name)) {
        await copyOne(`${from}/${path}`, `${to}/${path}`, copy.account);
      }
    }),
  );
}

/** A table dropped meanwhile takes its file away; replaying the WAL drops it in the copy too. */
async function copyOne(from: string, to: string, account: ServiceAccount): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    await own(to, account);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function leftOut(path: string, name: string): boolean {
  return (
    ['postmaster.pid', 'postmaster.opts', 'global/pg_control'].includes(path) ||
    name.startsWith('pgsql_tmp') ||
    name.startsWith('pg_internal.init')
  );
}

/** What the manual says to leave out (§25.3.4.3); the server fills them anew. */
const runtimeDirectories: ReadonlySet<string> = new Set([
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
]);
const none: ReadonlySet<string> = new Set();
