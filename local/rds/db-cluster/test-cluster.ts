import pg from 'pg';
import type { TestPlane } from '../test-plane.ts';
import { openTestPlane } from '../test-plane.ts';
import { until } from '../until.ts';
import type { DatabaseCluster } from './contract.ts';

export interface TestCluster extends AsyncDisposable {
  readonly stack: TestPlane;
  describe(): DatabaseCluster;
  reached(condition: (cluster: DatabaseCluster) => boolean, timeoutWallMs?: number): Promise<DatabaseCluster>;
  /** By the cluster's name, or by the reader's. */
  connect(to?: 'writer' | 'reader', change?: pg.ClientConfig): Promise<pg.Client>;
}

/** A plane with a cluster named `trio`. */
export async function openTestCluster(options: Parameters<typeof openTestPlane>[0]): Promise<TestCluster> {
  const stack = await openTestPlane(options);
  const { clusters } = stack.plane;
  const describe = (): DatabaseCluster => clusters.describe('trio');
  await clusters.create({
    identifier: 'trio',
    endpointName: 'trio.cluster-x.rds.example',
    readerEndpointName: 'trio.cluster-ro-x.rds.example',
    databaseName: credentials.database,
    masterUsername: credentials.user,
    masterPassword: credentials.password,
    port: credentials.port,
    members: [memberIn('a', 1), memberIn('b', 2), memberIn('c', 3)],
    parameters: {},
  });
  return {
    stack,
    describe,
    reached: (condition, timeoutWallMs = 60_000) =>
      until(
        async (): Promise<{ value: DatabaseCluster } | { seen: string }> =>
          condition(describe()) ? { value: describe() } : { seen: JSON.stringify(describe()) },
        { what: 'the cluster to get there', timeoutWallMs, signal: new AbortController().signal },
      ),
    connect: async (to = 'writer', change = {}) => {
      const { endpointName, readerEndpointName, endpointAddress, readerAddresses } = describe();
      const client = new pg.Client({
        ...credentials,
        host: to === 'writer' ? endpointAddress : readerAddresses[0],
        ssl: { ca: stack.caPem, servername: to === 'writer' ? endpointName : readerEndpointName },
        connectionTimeoutMillis: 5000,
        ...change,
      });
      client.on('error', () => undefined);
      await client.connect();
      return client;
    },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

/** Of these keys, those that the writer does not have. */
export async function lostOf(
  cluster: TestCluster,
  acknowledged: readonly number[],
): Promise<readonly number[]> {
  const client = await cluster.connect();
  const { rows } = await client.query<{ key: number }>('select key from entries');
  await client.end();
  const present = new Set(rows.map(({ key }) => key));
  return acknowledged.filter((key) => !present.has(key));
}

const credentials = { user: 'hub', password: "it's secret", database: 'hub', port: 5432 };

function memberIn(zone: string, number: number) {
  const identifier = `trio-instance-${number}`;
  return { identifier, endpointName: `${identifier}.x.rds.example`, zone: `us-east-1${zone}` };
}
