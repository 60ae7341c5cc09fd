import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { createCertificateAuthority } from '../base/certificates.ts';
import { createClock } from '../base/clock.ts';
import { startLifeline } from '../base/lifeline.ts';
import { claimLoopbackBlock } from '../base/loopback.ts';
import type { Network } from '../base/network.ts';
import { createRandom } from '../base/random.ts';
import type { DatabaseInstance, DatabasePlane } from './contract.ts';
import { startDatabasePlane } from './database-plane.ts';
import { until } from './until.ts';

export interface TestPlane extends AsyncDisposable {
  readonly plane: DatabasePlane;
  readonly events: readonly string[];
  readonly caPem: string;
  readonly directory: string;
  /** Postmasters that run now. */
  readonly processes: ReadonlySet<number>;
  create(parameters?: Readonly<Record<string, string>>, multiAz?: boolean): Promise<DatabaseInstance>;
  describe(): DatabaseInstance;
  reached(
    condition: (instance: DatabaseInstance) => boolean,
    timeoutWallMs?: number,
  ): Promise<DatabaseInstance>;
  /** As an application would: by name and with the stack's authority, at the address that the name has now. */
  connect(change?: pg.ClientConfig): Promise<pg.Client>;
  /** Writes one row after the other until stopped, connecting again when a connection fails. */
  write(table: string): Writer;
}

export interface Writer {
  readonly acknowledged: readonly number[];
  stop(): Promise<readonly number[]>;
}

/** A plane with an instance named `db`, on addresses and in a directory of its own. */
export async function openTestPlane({
  speed,
  network,
}: {
  speed: number;
  network?: Pick<Network, 'relay'>;
}): Promise<TestPlane> {
  const dataDirectory = await mkdtemp(join(await roomyDirectory(), 'rds-'));
  const block = await claimLoopbackBlock();
  // A test run that is killed must leave no server on an address that others then claim.
  const lifeline = startLifeline({ directory: dataDirectory });
  const authority = await createCertificateAuthority('test root');
  const events: string[] = [];
  const processes = new Set<number>();
  const plane = await startDatabasePlane({
    clock: createClock({ speed }),
    random: createRandom(1),
    network,
    dataDirectory,
    allocateAddress: () => block.next('database'),
    certificate: (names, addresses) => authority.issue({ names, addresses }),
    caPem: authority.certificatePem,
    onChange: () => undefined,
    onEvent: ({ message }) => events.push(message),
    onProcess: ({ pid, state }) => {
      if (state === 'started') {
        processes.add(pid);
        lifeline.hold(pid, 'quit-then-kill');
      } else {
        processes.delete(pid);
        lifeline.release(pid);
      }
    },
    signal: new AbortController().signal,
  });
  const describe = (): DatabaseInstance => plane.describe('db');
  const connect = async (change: pg.ClientConfig = {}): Promise<pg.Client> => {
    const ssl = { ca: authority.certificatePem, servername: 'db.rds.example' };
    const host = describe().endpointAddress;
    const client = new pg.Client({ ...credentials, host, ssl, connectionTimeoutMillis: 2000, ...change });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  return {
    plane,
    events,
    caPem: authority.certificatePem,
    directory: dataDirectory,
    processes,
    describe,
    connect,
    create: (parameters = {}, multiAz = true) =>
      plane.create({
        identifier: 'db',
        endpointName: 'db.rds.example',
        databaseName: credentials.database,
        masterUsername: credentials.user,
        masterPassword: credentials.password,
        port: credentials.port,
        multiAz,
        zones: ['us-east-1a', 'us-east-1b'],
        parameters,
      }),
    reached: (condition, timeoutWallMs = 20_000) =>
      until(
        async (): Promise<{ value: DatabaseInstance } | { seen: string }> =>
          condition(describe()) ? { value: describe() } : { seen: JSON.stringify(describe()) },
        {
          what: 'the instance to get there',
          timeoutWallMs,
          signal: new AbortController().signal,
        },
      ),
    write: (table) => startWriter(connect, table),
    [Symbol.asyncDispose]: async () => {
      await plane[Symbol.asyncDispose]();
      await block[Symbol.asyncDispose]();
      await rm(dataDirectory, { recursive: true, force: true });
      await lifeline[Symbol.asyncDispose]();
    },
  };
}

/** Memory, where there is enough: a thousand files a server, made and removed in every test, wear ext4 down. */
async function roomyDirectory(): Promise<string> {
  const { bavail, bsize } = await statfs('/dev/shm');
  return bavail * bsize > 2 ** 31 ? '/dev/shm' : tmpdir();
}

const credentials = { user: 'hub', password: "it's secret", database: 'hub', port: 5432 };

/** Writes one key after the other, connecting again when a connection fails. */
export function startWriter(connect: () => Promise<pg.Client>, table: string): Writer {
  const acknowledged: number[] = [];
  const stopped = new AbortController();
  const loop = async (): Promise<void> => {
    let client: pg.Client | undefined;
    for (let key = 1; !stopped.signal.aborted; key++) {
      try {
        client ??= await connect();
        await client.query(`insert into ${table} values ($1)`, [key]);
        acknowledged.push(key);
      } catch {
        await client?.end().catch(() => undefined);
        client = undefined;
        await wait(10);
      }
    }
    await client?.end();
  };
  const running = loop();
  return {
    acknowledged,
    stop: async () => {
      stopped.abort();
      await running;
      return acknowledged;
    },
  };
}
