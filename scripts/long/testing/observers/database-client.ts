import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { Client } from 'pg';
import type { Stack } from '../../../../provisioning/attach.ts';
import { askRaw } from './raw-dns.ts';

/** A client of the database that keeps nothing but what it is given: its password is read once, before anything breaks. */
export interface DatabaseClient {
  /** A new connection and one statement; the error's code or message when it fails, with the time that it took. */
  ask(text?: string): Promise<{ readonly answer: string; readonly ms: number }>;
}

export async function databaseClient(stack: Stack): Promise<DatabaseClient> {
  const { resources, dns, trust } = stack.descriptor;
  const { Parameter } = await stack.aws.ssm.send(
    new GetParameterCommand({ Name: resources.databasePasswordParameter, WithDecryption: true }),
  );
  return {
    ask: async (text = 'select host(inet_server_addr())') => {
      const startedMs = performance.now();
      const [host] = (await askRaw(dns, resources.databaseEndpoint)).addresses;
      const client = new Client({
        host,
        port: resources.databasePort,
        user: resources.databaseUser,
        database: resources.databaseName,
        password: Parameter?.Value,
        connectionTimeoutMillis: 4000,
        query_timeout: 4000,
        ssl: { ca: trust.database, servername: resources.databaseEndpoint },
      });
      client.on('error', () => undefined);
      const answer = await client
        .connect()
        .then(async () => {
          const { rows } = await client.query<Record<string, unknown>>(text);
          return Object.values(rows[0] ?? {}).join(' ');
        })
        .catch((error: Error) => `failed: ${'code' in error ? error.code : error.message}`);
      await client.end().catch(() => undefined);
      return { answer, ms: performance.now() - startedMs };
    },
  };
}
