import { rm } from 'node:fs/promises';
import type { WalArchive } from './archive.ts';
import { takeBaseBackup } from './base-backup.ts';
import { DatabasePlaneError } from './contract.ts';
import type { PostgresServer } from './server.ts';
import type { ServiceAccount } from './service-account.ts';

/** A base backup that is kept until it is dropped, also when its instance is gone. */
export interface StoredBackup {
  readonly id: string;
  readonly directory: string;
  /** The database's time from which on it is consistent. */
  readonly completedAt: Date;
  /** Where the WAL after it goes; absent: it can be restored as it is and no further. */
  readonly archive?: WalArchive;
}

export interface Backups {
  take(id: string, from: BackupSource): Promise<StoredBackup>;
  find(id: string): StoredBackup;
  /** The one to begin with when the archive's instance is to be as it was at that instant. */
  latestBefore(instant: Date, archive: WalArchive): StoredBackup | undefined;
  oldest(archive: WalArchive): StoredBackup | undefined;
  drop(id: string): Promise<void>;
  dropAll(): Promise<void>;
}

export interface BackupSource {
  readonly server: PostgresServer;
  readonly archive?: WalArchive;
  readonly signal: AbortSignal;
}

export function createBackups({
  account,
  allocateDirectory,
}: {
  readonly account: ServiceAccount;
  allocateDirectory(): string;
}): Backups {
  const stored = new Map<string, StoredBackup>();
  const of = (archive: WalArchive): StoredBackup[] =>
    [...stored.values()]
      .filter((backup) => backup.archive === archive)
      .sort((a, b) => a.completedAt.getTime() - b.completedAt.getTime());
  return {
    take: async (id, { server, archive, signal }) => {
      if (stored.has(id))
        throw new DatabasePlaneError('AlreadyExists', `Cannot back up: a backup named "${id}" exists`);
      const directory = allocateDirectory();
      try {
        const completedAt = await takeBaseBackup(server, { label: id, directory }, { account, signal });
        const backup = { id, directory, completedAt, archive };
        stored.set(id, backup);
        return backup;
      } catch (error) {
        await rm(directory, { recursive: true, force: true });
        throw error;
      }
    },
    find: (id) => {
      const backup = stored.get(id);
      if (backup) return backup;
      throw new DatabasePlaneError('NotFound', `Cannot find a backup named "${id}"`);
    },
    latestBefore: (instant, archive) => of(archive).findLast(({ completedAt }) => completedAt <= instant),
    oldest: (archive) => of(archive)[0],
    drop: async (id) => {
      const backup = stored.get(id);
      stored.delete(id);
      if (backup) await rm(backup.directory, { recursive: true, force: true });
    },
    dropAll: async () => {
      const directories = [...stored.values()].map(({ directory }) => directory);
      stored.clear();
      await Promise.all(directories.map((path) => rm(path, { recursive: true, force: true })));
    },
  };
}
