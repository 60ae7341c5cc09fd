import type { Clock } from '../base/clock.ts';
import { handIn, WalArchive } from './archive.ts';
import type { Backups, StoredBackup } from './backups.ts';
import type { Cluster } from './cluster.ts';
import type { RestorableWindow } from './contract.ts';
import { DatabasePlaneError } from './contract.ts';
import { phases } from './phases.ts';
import type { RestorePlan } from './restore.ts';
import type { ServerHost } from './server.ts';

export interface ContinuousBackupOptions {
  readonly clock: Clock;
  readonly host: Pick<ServerHost, 'account' | 'allocateDirectory'>;
  readonly backups: Backups;
  readonly cluster: Cluster;
  /** Ends with the instance. */
  readonly signal: AbortSignal;
  /** The window to which it can be restored is not what it was. */
  changed(): void;
  log(error: unknown): void;
}

/** One instance's automated backups: its archive, while they are on, and how far it can be restored out of it. */
export class ContinuousBackup {
  readonly #options: ContinuousBackupOptions;
  #archive: WalArchive | undefined;
  #latest: Date | undefined;
  #off = new AbortController();
  #loses = false;

  constructor(options: ContinuousBackupOptions) {
    this.#options = options;
  }

  /** From the first backup's end to what was handed in last; absent as long as that is nothing. */
  get window(): RestorableWindow | undefined {
    const oldest = this.#archive && this.#options.backups.oldest(this.#archive);
    if (!oldest || !this.#latest || this.#latest < oldest.completedAt) return undefined;
    return { earliest: oldest.completedAt, latest: this.#latest };
  }

  async turnOn(): Promise<void> {
    if (this.#archive) return;
    const { host, cluster, clock, signal } = this.#options;
    const archive = new WalArchive(host.allocateDirectory());
    await archive.prepare(host.account);
    await archive.loseNext(this.#loses);
    await cluster.setArchiveCommand(archive.command);
    this.#archive = archive;
    this.#off = new AbortController();
    const until = AbortSignal.any([signal, this.#off.signal]);
    clock.every(phases.handIn, () => this.handIn(), until);
  }

  async turnOff(): Promise<void> {
    this.#off.abort(new Error('Automated backups were turned off'));
    const archive = this.#archive;
    this.#archive = undefined;
    this.#latest = undefined;
    if (!archive) return;
    await this.#options.cluster.setArchiveCommand(undefined);
    await archive.remove();
    this.#options.changed();
  }

  async take(id: string): Promise<StoredBackup> {
    const { backups, cluster, signal } = this.#options;
    const server = cluster.primary;
    if (!server?.serving)
      throw new DatabasePlaneError('InvalidState', `Cannot take "${id}": expected a primary that serves`);
    const backup = await backups.take(id, { server, archive: this.#archive, signal });
    if (!this.#latest) void this.handIn();
    return backup;
  }

  /** What fails is tried again five minutes later: the server keeps what is not in the archive. */
  async handIn(): Promise<void> {
    const { cluster, clock, signal, changed, log } = this.#options;
    const archive = this.#archive;
    const { primary } = cluster;
    if (!archive || !primary?.serving) return;
    try {
      const timeoutWallMs = clock.ioTimeoutWallMs(phases.handIn);
      const until = AbortSignal.any([signal, this.#off.signal]);
      const latest = await handIn(primary, { timeoutWallMs, signal: until });
      if (archive !== this.#archive) return;
      this.#latest = latest;
      changed();
    } catch (error) {
      if (!signal.aborted && archive === this.#archive) log(error);
    }
  }

  /** How to make another instance out of this one as it was. */
  planUntil(instant: Date): RestorePlan {
    const { window } = this;
    if (!this.#archive)
      throw new DatabasePlaneError(
        'InvalidState',
        'Cannot restore: expected automated backups, they are off',
      );
    const backup = this.#options.backups.latestBefore(instant, this.#archive);
    if (!window || !backup || instant > window.latest)
      throw new DatabasePlaneError(
        'InvalidParameter',
        `Cannot restore to ${instant.toISOString()}: expected an instant of ${JSON.stringify(window ?? 'no window yet')}`,
      );
    return { backup: backup.directory, archivedWal: this.#archive.wal, until: instant };
  }

  /** After a promotion that failed: see `WalArchive`. */
  async keepTimeline(): Promise<void> {
    if (!this.#archive) return;
    await this.#archive.forgetTimelinesAfter(await this.#options.cluster.timeline(this.#options.signal));
  }

  async loseNext(lose: boolean): Promise<void> {
    this.#loses = lose;
    await this.#archive?.loseNext(lose);
  }

  /** With the instance. */
  async remove(): Promise<void> {
    await this.#archive?.remove();
  }
}
