import { shellQuoted } from './archive.ts';
import type { BackupOptions } from './base-backup.ts';
import { copy } from './base-backup.ts';
import { writePrivateFile } from './service-account.ts';

/** Out of what the first server of an instance comes. */
export interface Origin {
  /** Fills a directory that does not exist yet, or is empty, with a cluster. */
  fill(directory: string): Promise<void>;
  /** Present: the server is to recover first, and has roles and databases already. */
  readonly recovery?: Recovery;
}

/** PostgreSQL's own parameters of a recovery. */
export type Recovery = Readonly<Record<string, string>>;

export interface RestorePlan {
  /** As `takeBaseBackup` left it. */
  readonly backup: string;
  /** Segments beyond the backup's own. */
  readonly archivedWal?: string;
  /** Commits up to this instant; `consistent`: as little as can be; `end`: as much. */
  readonly until: Date | 'consistent' | 'end';
}

/** A cluster as it was: "Recovering Using a Continuous Archive Backup", PostgreSQL manual §25.3.5. */
export function restoreOrigin({ backup, archivedWal, until }: RestorePlan, options: BackupOptions): Origin {
  const places = [`${backup}/wal`, ...(archivedWal === undefined ? [] : [archivedWal])];
  return {
    fill: async (directory) => {
      // Its contents: the directory may be there already, as a file system of its own.
      await copy([`${backup}/data/.`], directory, options);
      await writePrivateFile(`${directory}/recovery.signal`, '', options.account);
    },
    recovery: {
      restore_command: places
        .map((place) => `cp -- ${shellQuoted(place)}/"%f" "%p" 2>/dev/null`)
        .join(' || '),
      recovery_target_timeline: 'latest',
      recovery_target_action: 'promote',
      ...targetOf(until),
    },
  };
}

function targetOf(until: RestorePlan['until']): Recovery {
  if (until === 'consistent') return { recovery_target: 'immediate' };
  if (until === 'end') return {};
  // An offset in digits: no zone has a name yet when the file is read first.
  return { recovery_target_time: until.toISOString().replace('Z', '+00') };
}
