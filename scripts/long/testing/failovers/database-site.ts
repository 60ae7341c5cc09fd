import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { DnsProbe } from '../../../../fixtures/probes/dns.ts';
import { createDnsProbe } from '../../../../fixtures/probes/dns.ts';
import { createCertificateAuthority } from '../../../../local/base/certificates.ts';
import { createClock } from '../../../../local/base/clock.ts';
import { startLifeline } from '../../../../local/base/lifeline.ts';
import { claimLoopbackBlock } from '../../../../local/base/loopback.ts';
import { createRandom } from '../../../../local/base/random.ts';
import { zonesOf } from '../../../../local/compose/zones.ts';
import { startDnsServer } from '../../../../local/dns/server.ts';
import { startNetwork } from '../../../../local/network/network.ts';
import type { DatabaseInstance, DatabasePlane } from '../../../../local/rds/contract.ts';
import { startDatabasePlane } from '../../../../local/rds/database-plane.ts';
import type { ServerLogs } from './server-logs.ts';
import { keepServerLogs } from './server-logs.ts';
import { wallNow } from './wall-now.ts';

/** The database plane as a stack has it, behind its network and its name server, and nothing else. */
export interface DatabaseSite extends AsyncDisposable {
  readonly speed: number;
  readonly plane: DatabasePlane;
  readonly logs: ServerLogs;
  readonly dns: { readonly address: string; readonly port: number };
  readonly caPem: string;
  create(identifier: string): Promise<DatabaseInstance>;
  endpointName(identifier: string): string;
  /** As a client does that caches nothing: by name, its certificate verified. */
  connect(identifier: string, timeoutWallMs?: number): Promise<pg.Client>;
  /** When its name came to mean which address. */
  moves(identifier: string): readonly NameMove[];
  events(identifier: string): readonly string[];
}

export interface NameMove {
  readonly address: string;
  readonly atMs: number;
}

export const databaseUser = { user: 'hub', password: "it's secret", database: 'hub', port: 5432 } as const;

export async function openDatabaseSite({
  speed,
  seed,
}: {
  readonly speed: number;
  readonly seed: number;
}): Promise<DatabaseSite> {
  await using opening = new AsyncDisposableStack();
  const directory = await mkdtemp(join(await roomyDirectory(), 'failovers-'));
  // The servers' user must be able to enter.
  await chmod(directory, 0o711);
  const lifeline = startLifeline({ directory });
  opening.defer(async () => {
    await lifeline[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });
  const block = opening.use(await claimLoopbackBlock());
  const { signal } = new AbortController();
  const clock = createClock({ speed });
  const authority = await createCertificateAuthority('test root');
  const addressOf = () => block.next('network');
  const network = opening.use(
    startNetwork({ clock, random: createRandom(seed), allocateAddress: addressOf, signal }),
  );
  const dns = opening.use(
    await startDnsServer({
      addresses: [block.at(0, 53)],
      port: 0,
      clock,
      random: createRandom(seed),
      healthy: () => true,
    }),
  );
  const logs = opening.use(keepServerLogs());
  const names = nameKeeper((addresses) => dns.apply(zonesOf([], addresses, dns.address.address)));
  const events = new Map<string, string[]>();
  const plane = opening.use(
    await startDatabasePlane({
      clock,
      random: createRandom(seed),
      network,
      dataDirectory: join(directory, 'pg'),
      allocateAddress: () => block.next('database'),
      certificate: (hosts, addresses) => authority.issue({ names: hosts, addresses }),
      caPem: authority.certificatePem,
      onChange: names.changed,
      onEvent: ({ identifier, message }) =>
        void events.set(identifier, [...(events.get(identifier) ?? []), message]),
      onProcess: (process) => {
        if (process.state === 'started') lifeline.hold(process.pid, 'quit-then-kill');
        else lifeline.release(process.pid);
        logs.seen(process);
      },
      signal,
    }),
  );
  const probe = createDnsProbe(dns.address);
  const opened = opening.move();
  return {
    speed,
    plane,
    logs,
    dns: dns.address,
    caPem: authority.certificatePem,
    create: (identifier) => plane.create(specification(identifier)),
    endpointName,
    connect: (identifier, timeoutWallMs = 3000) =>
      connectByName(probe, { name: endpointName(identifier), ca: authority.certificatePem, timeoutWallMs }),
    moves: (identifier) => names.moves.get(identifier) ?? [],
    events: (identifier) => events.get(identifier) ?? [],
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

function specification(identifier: string) {
  return {
    identifier,
    endpointName: endpointName(identifier),
    databaseName: databaseUser.database,
    masterUsername: databaseUser.user,
    masterPassword: databaseUser.password,
    port: databaseUser.port,
    multiAz: true,
    zones: ['us-east-1a', 'us-east-1b'],
    parameters: {},
  } as const;
}

function endpointName(identifier: string): string {
  return `${identifier}.rds.example`;
}

async function connectByName(
  dns: DnsProbe,
  { name, ca, timeoutWallMs }: { readonly name: string; readonly ca: string; readonly timeoutWallMs: number },
): Promise<pg.Client> {
  const [host] = await dns.addresses(name);
  if (host === undefined) throw new Error(`Cannot connect: "${name}" has no address`);
  const client = new pg.Client({
    ...databaseUser,
    host,
    ssl: { ca, servername: name },
    connectionTimeoutMillis: timeoutWallMs,
  });
  // A connection that the server ends emits an error event beside the rejected query.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Keeps the names of all instances, and when each came to mean what. */
function nameKeeper(
  apply: (names: readonly { name: string; addresses: readonly string[]; ttlSeconds: number }[]) => void,
) {
  const moves = new Map<string, NameMove[]>();
  return {
    moves,
    changed: ({ identifier, endpointAddress }: DatabaseInstance): void => {
      const known = moves.get(identifier) ?? [];
      if (endpointAddress === undefined || known.at(-1)?.address === endpointAddress) return;
      moves.set(identifier, [...known, { address: endpointAddress, atMs: wallNow() }]);
      apply(
        [...moves].map(([name, all]) => ({
          name: endpointName(name),
          addresses: all.slice(-1).map(({ address }) => address),
          ttlSeconds: 5,
        })),
      );
    },
  };
}

/** Memory, where there is enough: hundreds of clusters are copied. */
async function roomyDirectory(): Promise<string> {
  const { bavail, bsize } = await statfs('/dev/shm');
  return bavail * bsize > 2 ** 33 ? '/dev/shm' : tmpdir();
}
