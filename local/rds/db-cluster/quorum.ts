import type { Seen } from '../replication-state.ts';
import { flushedAllUntilNow, stateIs } from '../replication-state.ts';
import type { PostgresServer } from '../server.ts';
import type { Session } from '../session.ts';
import { synchronousStandbyNames } from '../settings.ts';
import { until } from '../until.ts';

export interface QuorumPatience {
  readonly timeoutWallMs: number;
  readonly signal: AbortSignal;
}

/**
 * The voters: standbys of which at least one has on its disk each commit that was ever acknowledged. One too many is
 * safe, for all are asked before one is promoted; one too few is a loss. So a standby is a voter before the writer is
 * told to heed it, and stays one until the writer heeds it no more and the others have all. No voter: only the writer
 * is known to have all.
 */
export class Quorum {
  #voters: ReadonlySet<string> = new Set();

  get voters(): ReadonlySet<string> {
    return this.#voters;
  }

  /** Always true, and the only truth while a writer is replaced. */
  forget(): void {
    this.#voters = new Set();
  }

  /** Adds a standby that follows. */
  async admit(writer: PostgresServer, name: string, patience: QuorumPatience): Promise<void> {
    await using session = await writer.session(patience.signal);
    await until(() => stateIs(session, name, 'streaming'), { what: `"${name}" to stream`, ...patience });
    if (this.#voters.size === 0) await this.#makeSole(writer, session, name, patience);
    else {
      this.#voters = new Set([...this.#voters, name]);
      await writer.configure({ quorum: [...this.#voters] });
      writer.reload();
    }
  }

  /** Takes out those that do not live any more; when it fails, all stay. */
  async retain(writer: PostgresServer, living: ReadonlySet<string>, patience: QuorumPatience): Promise<void> {
    const [first, ...others] = [...this.#voters].filter((name) => living.has(name));
    if (1 + others.length === this.#voters.size && first !== undefined) return;
    if (first === undefined) {
      this.forget();
      await writer.configure({ quorum: [] });
      writer.reload();
      return;
    }
    await using session = await writer.session(patience.signal);
    await this.#makeSole(writer, session, first, patience);
    for (const name of others) await this.admit(writer, name, patience);
  }

  /**
   * Returns when commits wait for this standby alone, and it has all that was acknowledged before. A WAL sender that
   * has not read the new setting would let commits go by the old one: those of other standbys are ended. The wait
   * itself is switched on by the checkpointer (see `synchrony.ts`).
   */
  async #makeSole(
    writer: PostgresServer,
    session: Session,
    name: string,
    patience: QuorumPatience,
  ): Promise<void> {
    await writer.configure({ quorum: [name] });
    writer.reload();
    const wanted = synchronousStandbyNames({ quorum: [name] });
    await until(() => settingIs(session, wanted), { what: `commits to wait for "${name}"`, ...patience });
    await endOtherSenders(session, name, patience);
    await session.query('checkpoint');
    await until(await flushedAllUntilNow(session, name), { what: `"${name}" to catch up`, ...patience });
    this.#voters = new Set([name]);
  }
}

async function settingIs(session: Session, wanted: string): Promise<Seen> {
  const [row] = await session.query<{ names: string }>(
    `select current_setting('synchronous_standby_names') as names`,
  );
  return row?.names === wanted ? { value: undefined } : { seen: String(row?.names) };
}

async function endOtherSenders(session: Session, name: string, patience: QuorumPatience): Promise<void> {
  const senders = await session.query<{ pid: number }>(
    'select pid, pg_terminate_backend(pid) from pg_stat_replication where application_name <> $1',
    [name],
  );
  const pids = senders.map(({ pid }) => pid);
  const look = async (): Promise<Seen> => {
    const left = await session.query('select from pg_stat_activity where pid = any($1)', [pids]);
    return left.length === 0 ? { value: undefined } : { seen: `${left.length} that run` };
  };
  await until(look, { what: 'other WAL senders to end', ...patience });
}
