import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import type { PostgresServer } from './server.ts';
import type { ServiceAccount } from './service-account.ts';
import { makePrivateDirectory, writePrivateFile } from './service-account.ts';
import { until } from './until.ts';

/** Where one DB instance's WAL goes, whichever of its servers is the primary: segments and timelines' histories. */
export class WalArchive {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async prepare(account: ServiceAccount): Promise<void> {
    await makePrivateDirectory(this.#directory, account);
    await makePrivateDirectory(this.wal, account);
    await makePrivateDirectory(`${this.#directory}/hidden`, account);
    await makePrivateDirectory(`${this.#directory}/fates`, account);
    await writePrivateFile(this.#program, archiveProgram, account);
  }

  get wal(): string {
    return `${this.#directory}/wal`;
  }

  /** `archive_command`. */
  get command(): string {
    return `sh ${shellQuoted(this.#program)} "%p" "%f"`;
  }

  /** After a promotion that failed: what the server that was given up began must not be taken for the way on. */
  async forgetTimelinesAfter(timeline: number): Promise<void> {
    const names = await readdir(this.wal);
    const later = names.filter((name) => Number.parseInt(name.slice(0, 8), 16) > timeline);
    await Promise.all(later.map((name) => rm(`${this.wal}/${name}`, { force: true })));
  }

  /** The defect `archive-loses-a-segment`; off, what was lost is found again. */
  async loseNext(lose: boolean): Promise<void> {
    if (lose) return writeFile(`${this.#directory}/lose`, '');
    await rm(`${this.#directory}/lose`, { force: true });
    for (const name of await readdir(`${this.#directory}/hidden`)) {
      if (name.startsWith('.')) continue;
      await rename(`${this.#directory}/hidden/${name}`, `${this.wal}/${name}`);
      await rm(`${this.#directory}/fates/${name}`, { force: true });
    }
    await rm(`${this.#directory}/lost`, { recursive: true, force: true });
  }

  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }

  get #program(): string {
    return `${this.#directory}/archive.sh`;
  }
}

/**
 * Returns once all that was committed before the returned instant, the database's own, is in the archive. RDS hands in
 * its WAL every five minutes, and writes a heartbeat, so that also an instance that nobody writes to can be restored to
 * a later time: recovery stops at the first commit after its target, and fails where there is none.
 */
export async function handIn(
  primary: PostgresServer,
  { timeoutWallMs, signal }: { readonly timeoutWallMs: number; readonly signal: AbortSignal },
): Promise<Date> {
  await using session = await primary.session(signal);
  // With a transaction ID of its own, the statement's end is a commit record.
  const [beat] = await session.query<{ at: Date }>('select clock_timestamp() as at, pg_current_xact_id()');
  const [switched] = await session.query<{ segment: string }>(
    'select pg_walfile_name(pg_switch_wal()) as segment',
  );
  if (!beat || !switched) throw new Error('Cannot hand in WAL: expected a segment, got none');
  const look = async () => {
    const rows = await session.query<{ name: string }>(
      `select name from pg_ls_archive_statusdir() where name ~ '^[0-9A-F]{24}[.]ready$' and left(name, 24) <= $1`,
      [switched.segment],
    );
    return rows.length === 0 ? { value: undefined } : { seen: `${rows.length} to be archived` };
  };
  await until(look, { what: `"${switched.segment}" to be in the archive`, timeoutWallMs, signal });
  return beat.at;
}

/** A word of sh, in a PostgreSQL command, where a percent sign is written twice. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`).replaceAll('%', '%%')}'`;
}

/**
 * PostgreSQL manual §25.3.1: succeeds only once the file is on disk, never changes one that is there, and takes an
 * equal one for archived, for primary and standby both archive (`archive_mode = always`). Sparse: a segment that was
 * switched is mostly zeros. The names that begin with a dot are nobody's until they are linked. Whoever brings a file
 * first decides where it goes, for the defect must not lose one that the other server has brought already.
 */
const archiveProgram = `set -eu
top=\${0%/*}
wal=$top/wal
if [ -e "$top/lose" ] && [ "\${2%.*}" = "$2" ]; then
  if [ ! -L "$top/fates/$2" ] && mkdir "$top/lost" 2>/dev/null; then
    ln -s hidden "$top/fates/$2" 2>/dev/null || rmdir "$top/lost"
  fi
fi
ln -s wal "$top/fates/$2" 2>/dev/null || :
wal=$top/$(readlink "$top/fates/$2")
if [ -e "$wal/$2" ]; then exec cmp -s -- "$1" "$wal/$2"; fi
new=$wal/.$2.$$
trap 'rm -f "$new"' EXIT
dd if="$1" of="$new" bs=1M conv=fsync,sparse status=none
ln "$new" "$wal/$2" 2>/dev/null || cmp -s -- "$1" "$wal/$2"
sync "$wal"
`;
