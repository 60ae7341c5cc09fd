import pg from 'pg';

/** RDS's own administrator. Clients can never log in as it: it is admitted on the socket alone. */
export const superuser = 'rdsadmin';
/** What a standby connects as. */
export const replicationUser = 'rdsrepladmin';

export interface Session extends AsyncDisposable {
  query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/**
 * A superuser session on a server's socket. Its own commits never wait for a standby: the plane must be able to
 * act exactly when there is none.
 */
export async function openSession(
  {
    socketDirectory,
    port,
    database = 'postgres',
  }: { socketDirectory: string; port: number; database?: string },
  { connectTimeoutWallMs, signal }: { connectTimeoutWallMs: number; signal: AbortSignal },
): Promise<Session> {
  signal.throwIfAborted();
  const client = new pg.Client({
    host: socketDirectory,
    port,
    user: superuser,
    database,
    connectionTimeoutMillis: connectTimeoutWallMs,
    options: '-c synchronous_commit=local',
  });
  // An idle session learns of a dead server by this event; the next query says it again.
  client.on('error', () => close());
  const close = (): void => void client.end().catch(() => undefined);
  signal.addEventListener('abort', close, { once: true });
  await client.connect();
  return {
    query: async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
      (await client.query<Row>(text, [...values])).rows,
    [Symbol.asyncDispose]: async () => {
      signal.removeEventListener('abort', close);
      await client.end();
    },
  };
}
