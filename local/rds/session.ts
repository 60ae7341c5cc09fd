import { Socket } from 'node:net';
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
 * act exactly when there is none. The signal ends it also when the server does not say goodbye.
 */
export async function openSession(
  { socketDirectory, port }: { socketDirectory: string; port: number },
  { connectTimeoutWallMs, signal }: { connectTimeoutWallMs: number; signal: AbortSignal },
): Promise<Session> {
  signal.throwIfAborted();
  const socket = new Socket();
  const client = new pg.Client({
    host: socketDirectory,
    port,
    user: superuser,
    database: 'postgres',
    connectionTimeoutMillis: connectTimeoutWallMs,
    options: '-c synchronous_commit=local',
    stream: () => socket,
  });
  // An idle session learns of a dead server by this event; the next query says it again.
  client.on('error', () => socket.destroy());
  const cut = (): void => void socket.destroy(signal.reason);
  signal.addEventListener('abort', cut, { once: true });
  const release = (): void => signal.removeEventListener('abort', cut);
  try {
    await client.connect();
  } catch (error) {
    release();
    socket.destroy();
    throw error;
  }
  return {
    query: async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
      (await client.query<Row>(text, [...values])).rows,
    [Symbol.asyncDispose]: () => client.end().finally(release),
  };
}
