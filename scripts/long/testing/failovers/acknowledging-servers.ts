import type { Append } from '../../../../fixtures/ledger/operation.ts';
import type { SqlTransactions } from '../../../../fixtures/ledger/sql-transactions.ts';

export type AppendOfServer = Pick<Append, 'type' | 'key'>;

/** An append, and which server took it: a server is told from another, and from itself restarted, by its start. */
export interface Acknowledged extends Append {
  readonly serverStartedAtMs?: number;
}

/** The acknowledgements of one primary, in the order in which they came. */
export interface Reign {
  readonly serverStartedAtMs: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly acknowledged: number;
}

export async function appendAndAsk(
  { run }: SqlTransactions,
  request: AppendOfServer,
  signal: AbortSignal,
): Promise<Omit<Acknowledged, 'process' | 'invokedAt' | 'completedAt'>> {
  const { result, ...attempt } = await run(async (query) => {
    const { rows = [] } = await query(
      `insert into entries values ($1)
       returning (extract(epoch from pg_postmaster_start_time()) * 1000)::float8 as started`,
      [request.key],
    );
    return Number(rows[0]?.started);
  }, signal);
  return { ...request, ...attempt, serverStartedAtMs: result };
}

/** Each primary's reign. A standby is made while its primary reigns, so later primaries started later. */
export function reignsOf(appends: readonly Acknowledged[]): readonly Reign[] {
  const byServer = Map.groupBy(acknowledgements(appends), ({ serverStartedAtMs }) => serverStartedAtMs);
  return [...byServer]
    .map(([serverStartedAtMs, all]) => ({
      serverStartedAtMs,
      firstAtMs: Math.min(...all.map(({ completedAt }) => completedAt)),
      lastAtMs: Math.max(...all.map(({ completedAt }) => completedAt)),
      acknowledged: all.length,
    }))
    .sort((one, other) => one.serverStartedAtMs - other.serverStartedAtMs);
}

/** Acknowledgements by an earlier primary after the first one by a later primary. */
export function splitBrain(appends: readonly Acknowledged[]): readonly Acknowledged[] {
  let latest = 0;
  return acknowledgements(appends).filter(({ serverStartedAtMs }) => {
    latest = Math.max(latest, serverStartedAtMs);
    return serverStartedAtMs < latest;
  });
}

function acknowledgements(appends: readonly Acknowledged[]) {
  return appends
    .filter(
      (append): append is Acknowledged & { serverStartedAtMs: number } =>
        append.serverStartedAtMs !== undefined,
    )
    .filter(({ outcome }) => outcome === 'ok')
    .toSorted((one, other) => one.completedAt - other.completedAt);
}
