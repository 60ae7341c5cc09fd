import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { test } from 'vitest';
import { createCertificateAuthority } from '../base/certificates.ts';
import { createClock } from '../base/clock.ts';
import { claimLoopbackBlock } from '../base/loopback.ts';
import { createRandom } from '../base/random.ts';
import type { DatabaseInstance } from './contract.ts';
import { startDatabasePlane } from './database-plane.ts';
import { until } from './until.ts';

test('probe', async () => {
  const t0 = performance.now();
  const lap = (what: string) => console.log(what, Math.round(performance.now() - t0));
  await using stack = await startTestPlane({ speed: 40 });
  lap('plane');
  const instance = await stack.create();
  lap('created');
  console.log(instance);
  const c = await stack.connect();
  console.log(
    (
      await c.query(
        "select current_user, inet_server_addr(), (select ssl from pg_stat_ssl where pid=pg_backend_pid()), current_setting('rds.force_ssl')",
      )
    ).rows,
  );
  await c.query('create table entries (key text)');
  lap('connected');
  await stack.plane.reboot('db', { forceFailover: true });
  await stack.status('available');
  lap('failed over');
  await stack.until((i) => i.standby !== undefined);
  lap('rebuilt');
  console.log(stack.plane.describe('db'), stack.events);
});

async function startTestPlane({ speed }: { speed: number }) {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'rds-'));
  const block = await claimLoopbackBlock();
  const authority = await createCertificateAuthority('test root');
  const events: string[] = [];
  const processes = new Map<number, string>();
  const plane = await startDatabasePlane({
    clock: createClock({ speed }),
    random: createRandom(1),
    dataDirectory,
    allocateAddress: () => block.next('database'),
    certificate: (names, addresses) => authority.issue({ names, addresses }),
    caPem: authority.certificatePem,
    onChange: () => undefined,
    onEvent: (event) => events.push(event.message),
    onProcess: ({ pid, state }) => {
      if (state === 'started') processes.set(pid, state);
      else processes.delete(pid);
    },
    signal: new AbortController().signal,
  });
  const waitFor = (reached: (i: DatabaseInstance) => boolean) =>
    until(
      async () =>
        reached(plane.describe('db')) ? { value: undefined } : { seen: JSON.stringify(plane.describe('db')) },
      { what: 'the instance', timeoutWallMs: 15_000, signal: new AbortController().signal },
    );
  return {
    plane,
    events,
    processes,
    create: () =>
      plane.create({
        identifier: 'db',
        endpointName: 'db.rds.example',
        databaseName: 'hub',
        masterUsername: 'hub',
        masterPassword: "it's",
        port: 5432,
        multiAz: true,
        zones: ['us-east-1a', 'us-east-1b'],
        parameters: {},
      }),
    until: waitFor,
    status: (s: string) => waitFor((i) => i.status === s),
    connect: async () => {
      const client = new pg.Client({
        host: plane.describe('db').endpointAddress,
        port: 5432,
        user: 'hub',
        password: "it's",
        database: 'hub',
        ssl: { ca: authority.certificatePem, servername: 'db.rds.example' },
      });
      client.on('error', () => undefined);
      await client.connect();
      return client;
    },
    [Symbol.asyncDispose]: async () => {
      await plane[Symbol.asyncDispose]();
      await block[Symbol.asyncDispose]();
      await rm(dataDirectory, { recursive: true, force: true });
    },
  };
}
