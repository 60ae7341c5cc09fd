import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { mergeRecords } from '../../fixtures/load/merge-records.ts';
import { startStream } from '../../fixtures/load/probe-stream.ts';
import { scheduleTrouble } from '../../fixtures/load/self-check.ts';
import type { SampleColumns } from '../../fixtures/load/shards/sample-columns.ts';
import { createSampleColumns } from '../../fixtures/load/shards/sample-columns.ts';
import { decodeResult, encodeResult } from '../../fixtures/load/shards/shard-result.ts';
import type { StreamRecord } from '../../fixtures/load/stream.ts';
import { createCertificateAuthority } from '../../local/base/certificates.ts';
import { referenceTarget, startReference } from './start-reference.ts';
import { milliseconds, table } from './table.ts';

/** What one process that sends can carry, and what it hands in: the numbers of `fixtures/load/README.md`. */
export async function measureCapacity(): Promise<string> {
  const authority = await createCertificateAuthority('prober capacity');
  const leaf = await authority.issue({ names: ['localhost'], addresses: ['127.0.0.1'] });
  const tls = { key: leaf.privateKeyPem, cert: leaf.certificatePem };
  const sent: Sent[] = [];
  for (const [how, rates] of loads)
    for (const perWallSecond of rates) {
      const one = await tryToSend({ how, perWallSecond, tls, trust: authority.certificatePem });
      sent.push(one);
      // Beyond what it can carry there is nothing to learn.
      if (one.trouble) break;
    }
  const record = sent[0]?.record;
  if (!record) throw new RangeError('Cannot merge: expected a measurement');
  const machine = `${availableParallelism()} CPUs, load average ${loadavg()[0]?.toFixed(1)} with this`;
  return [
    machine,
    sentTable(sent),
    handedInTable(sent),
    mergeTable([8, 100, 1000, 10_000].map((shards) => merge(record, shards))),
  ].join('\n\n');
}

type How = 'HTTP, kept' | 'TLS, kept' | 'TLS, new each';

const loads: readonly (readonly [How, readonly number[]])[] = [
  ['HTTP, kept', [500, 1000, 2000, 4000, 8000]],
  ['TLS, kept', [500, 1000, 2000, 4000, 8000]],
  ['TLS, new each', [50, 100, 200, 400, 800]],
];

const forSeconds = 5;

/** A busy machine is no limit of the prober: a rate that it kept once it can keep. */
const mostTries = 3;

interface Order {
  readonly how: How;
  readonly perWallSecond: number;
  readonly tls: { readonly key: string; readonly cert: string };
  readonly trust: string;
}

interface Sent extends HandedIn {
  readonly how: How;
  readonly perWallSecond: number;
  readonly record: StreamRecord;
  readonly trouble?: string;
  readonly tries: number;
  readonly cpuMs: number;
  readonly peakBytes: number;
}

async function tryToSend(order: Order): Promise<Sent> {
  for (let tries = 1; ; tries++) {
    const child = fork(fileURLToPath(import.meta.url));
    child.send(order);
    const [sent] = (await once(child, 'message')) as [Sent];
    if (!sent.trouble || tries === mostTries) return { ...sent, tries };
  }
}

/** In a process of its own, the server in another: what this one burns and holds is the prober's alone. */
async function send({ how, perWallSecond, tls, trust }: Order): Promise<Omit<Sent, 'tries'>> {
  const encrypted = how !== 'HTTP, kept';
  await using server = await startReference(encrypted ? { tls } : {});
  const columns = createSampleColumns();
  const before = process.cpuUsage();
  const stream = startStream(
    { ...referenceTarget, trust: { web: trust, database: '' } },
    {
      stream: how,
      url: `${encrypted ? 'https' : 'http'}://127.0.0.1:${server.port}/`,
      perWallSecond,
      requests: perWallSecond * forSeconds,
      newConnections: how === 'TLS, new each',
    },
    (samples) => columns.add(samples),
  );
  const record = await stream.done;
  const { user, system } = process.cpuUsage(before);
  return {
    how,
    perWallSecond,
    record,
    trouble: scheduleTrouble(record),
    cpuMs: (user + system) / 1000,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    ...handIn(record, columns),
  };
}

function sentTable(all: readonly Sent[]): string {
  return table(
    all.map(({ how, perWallSecond, record, trouble, tries, cpuMs, peakBytes }) => ({
      connections: how,
      'a second': perWallSecond,
      'lag p99': milliseconds(record.selfCheck.lagP99Ms),
      'lag max': milliseconds(record.selfCheck.lagMaxMs),
      schedule: trouble ?? 'kept',
      tries,
      failures: JSON.stringify(record.failures),
      CPUs: (cpuMs / (forSeconds * 1000)).toFixed(2),
      'CPUs per 1,000/s': (cpuMs / (forSeconds * perWallSecond)).toFixed(2),
      'peak memory': megabytes(peakBytes),
    })),
  );
}

interface HandedIn {
  readonly records: number;
  readonly bytes: number;
  readonly encodeMs: number;
  readonly decodeMs: number;
}

function handIn(record: StreamRecord, columns: SampleColumns): HandedIn {
  const startedMs = performance.now();
  const bytes = encodeResult(summaryOf(record, 0, 1), columns);
  const encodedMs = performance.now();
  const { samples } = decodeResult(bytes);
  return {
    records: samples.length,
    bytes: bytes.byteLength,
    encodeMs: encodedMs - startedMs,
    decodeMs: performance.now() - encodedMs,
  };
}

function handedInTable(all: readonly HandedIn[]): string {
  return table(
    all.map(({ records, bytes, encodeMs, decodeMs }) => ({
      records,
      'bytes in S3': bytes,
      'a record': (bytes / records).toFixed(1),
      encode: milliseconds(encodeMs),
      decode: milliseconds(decodeMs),
    })),
  );
}

/** Counts and histograms alone, as a load of that size hands them in. */
function merge(record: StreamRecord, shards: number): { shards: number; bytes: number; tookMs: number } {
  const stored = encodeResult(summaryOf(record, 0, shards), createSampleColumns());
  const startedMs = performance.now();
  const all = Array.from({ length: shards }, () => decodeResult(stored).record);
  const [first = record, ...rest] = all;
  mergeRecords([first, ...rest]);
  return { shards, bytes: shards * stored.byteLength, tookMs: performance.now() - startedMs };
}

function mergeTable(all: readonly ReturnType<typeof merge>[]): string {
  return table(
    all.map(({ shards, bytes, tookMs }) => ({
      'shards without records': shards,
      'bytes each': Math.round(bytes / shards),
      'decode and merge': milliseconds(tookMs),
    })),
  );
}

function summaryOf(record: StreamRecord, shard: number, shards: number) {
  const known = { offsetMs: 0, uncertaintyMs: 25 };
  return {
    shard,
    shards,
    pod: `load-${shard}`,
    record,
    clock: { before: known, after: known, appliedMs: 0 },
    stopped: undefined,
    usage: { cpuMs: 0, peakBytes: 0 },
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

if (process.send)
  process.once('message', async (order: Order) => {
    const sent = await send(order);
    process.send?.(sent, () => process.disconnect());
  });
