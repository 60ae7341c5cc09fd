import { randomUUID } from 'node:crypto';
import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHistogram } from '../../fixtures/load/histogram.ts';
import { startStream } from '../../fixtures/load/probe-stream.ts';
import type { Arrival } from '../../fixtures/load/schedule.ts';
import { arrivals } from '../../fixtures/load/schedule.ts';
import { podsOf } from '../../fixtures/load/shards/job-state.ts';
import { byIntendedTime } from '../../fixtures/load/shards/judge-shards.ts';
import type { RunningShards, ShardGround } from '../../fixtures/load/shards/run-shards.ts';
import { startShards } from '../../fixtures/load/shards/run-shards.ts';
import { shardGroundOf } from '../../fixtures/load/shards/shard-ground.ts';
import { shardLabels } from '../../fixtures/load/shards/shard-job.ts';
import type { Sample, StreamOptions, StreamRecord } from '../../fixtures/load/stream.ts';
import { runLabel } from '../../fixtures/safety/run-tag.ts';
import type { Stack } from '../../provisioning/attach.ts';
import { attach } from '../../provisioning/attach.ts';
import { until } from './testing/until.ts';
import type { Workplace } from './testing/workplace.ts';
import { openWorkplace } from './testing/workplace.ts';

let place: Workplace;
let stack: Stack;
let ground: ShardGround;

beforeAll(async () => {
  place = openWorkplace();
  const { exitCode, stderr } = await place.stormproof(['up']);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  stack = attach(place.stack('up'));
  const found = shardGroundOf(stack, 'long-run');
  if (!found) throw new Error('the stack has no image for shards');
  ground = found;
});
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

const synthetic: StreamOptions = {
  stream: 'synthetic',
  url: 'http://nowhere/',
  perWallSecond: 20_000,
  schedule: { kind: 'poisson', seed: 11 },
  requests: 100_000,
  synthetic: { seed: 7, medianLatencyMs: 25, failureShare: 0.01, pace: 'none' },
};

/** Against the deployment, within the rate limit of one address. */
const real: StreamOptions = {
  stream: 'real',
  url: 'https://artifacthub.example/api/v1/whoami?shards={n}',
  perWallSecond: 40,
  schedule: { kind: 'poisson', seed: 4 },
  requests: 200,
};

/** Goes on until it is stopped, or lost. */
const endless: StreamOptions = { ...real, stream: 'endless', requests: undefined };

function start(
  stream: StreamOptions,
  { shards = 8, signal = new AbortController().signal } = {},
): RunningShards & { readonly name: string } {
  const name = `load-${randomUUID().slice(0, 8)}`;
  return { ...startShards(ground, { name, stream, shards, signal }), name };
}

async function inOneProcess(options: StreamOptions): Promise<{ record: StreamRecord; samples: Sample[] }> {
  const samples: Sample[] = [];
  const record = await startStream(stack.descriptor, options, (some) => samples.push(...some)).done;
  return { record, samples: samples.sort(byIntendedTime) };
}

/** Jobs, pods and objects of loads. */
async function left(): Promise<readonly string[]> {
  const { batch, core, s3, host, results } = ground;
  const labelSelector = Object.entries(shardLabels)
    .map(([key, value]) => `${key}=${value}`)
    .join();
  const { namespace } = host;
  const [jobs, pods, objects] = await Promise.all([
    batch.listNamespacedJob({ namespace, labelSelector }),
    core.listNamespacedPod({ namespace, labelSelector }),
    s3.send(new ListObjectsV2Command({ Bucket: results.bucket })),
  ]);
  return [
    ...[...jobs.items, ...pods.items].map(({ metadata }) => metadata?.name ?? ''),
    ...(objects.Contents ?? []).map(({ Key = '' }) => Key),
  ];
}

/** Of the requests that were due so long after the first. */
function quantiles(samples: readonly Sample[], fromMs: number): string {
  const latency = createHistogram();
  const [first = 0] = samples[0] ?? [];
  for (const [at, latencyMs] of samples) if (at - first >= fromMs) latency.record(latencyMs);
  return [50, 90, 99]
    .map((percent) => `p${percent} ${latency.percentileMs(percent).toFixed(1)} ms`)
    .join(', ');
}

async function podOf(name: string, shard: number): Promise<string> {
  const pods = await podsOf(ground.core, { namespace: ground.host.namespace, name });
  const pod = pods.find(({ metadata }) => metadata?.name?.startsWith(`${name}-${shard}-`));
  if (!pod?.metadata?.name) throw new Error(`shard ${shard} has no pod`);
  return pod.metadata.name;
}

test('eight pods give the merged histogram of one process, byte by byte, and its records', async () => {
  const sharded = await start(synthetic).done;
  const { startsAtMs } = sharded;
  const { record, samples } = await inOneProcess({ ...synthetic, startsAtMs });
  expect(sharded.latency).toEqual(record.latency);
  expect(sharded.samples).toEqual(samples);
  expect(sharded).toMatchObject({ sent: record.sent, served: record.served, failures: record.failures });
  expect(new Set(sharded.shards.map(({ pod }) => pod)).size).toBe(8);
  const bytes = sharded.shards.reduce((sum, shard) => sum + shard.bytes, 0);
  console.log(
    `8 pods and one process: ${sharded.sent} records and ${sharded.latency.hdr.length} bytes of histogram, equal; ${(bytes / sharded.sent).toFixed(1)} bytes a record in S3`,
  );
  expect(await left()).toEqual([]);
});

test('against the deployment the same requests are sent at the same intended times, with like answers', async () => {
  const sharded = await start(real).done;
  const one = await inOneProcess({ ...real, from: stack.descriptor.viewers?.[0] });
  const due = Array.from(arrivals(real), ({ atMs }: Arrival) => atMs);
  expect([sharded.sent, one.record.sent]).toEqual([200, 200]);
  for (const [index, [at]] of sharded.samples.entries())
    expect(at - sharded.startsAtMs).toBeCloseTo(due[index] ?? Number.NaN, 2);
  expect([sharded.served, one.record.served]).toEqual([200, 200]);
  for (const [what, fromMs] of [
    ['all', 0],
    ['after 2 s, connections open', 2000],
  ] as const)
    console.log(
      `${what}: 8 pods ${quantiles(sharded.samples, fromMs)}; one process ${quantiles(one.samples, fromMs)}`,
    );
  console.log(
    `a pod, its start included: ${Math.max(...sharded.shards.map(({ cpuMs }) => cpuMs)).toFixed(0)} ms of CPU, ${(Math.max(...sharded.shards.map(({ peakBytes }) => peakBytes)) / 2 ** 20).toFixed(0)} MiB at most`,
  );
  console.log(
    `lag p99 ${sharded.selfCheck.lagP99Ms.toFixed(1)} ms, clocks ± ${sharded.clockUncertaintyMs.toFixed(0)} ms`,
  );
  expect(sharded.clockUncertaintyMs).toBeLessThan(500);
  expect(sharded.control?.unreached).toEqual([]);
  expect(sharded.control?.reached.length).toBeGreaterThan(8);
});

test('an endless load goes on until it is stopped, and is whole', async () => {
  const load = start(endless, { shards: 3 });
  await load.begun;
  await stack.clock.sleep(stack.clock.toStackMs(2000));
  load.stop();
  const { sent, served, samples } = await load.done;
  expect(sent).toBeGreaterThan(40);
  expect([served, samples.length]).toEqual([sent, sent]);
});

const losses: readonly (readonly [string, RegExp, (pod: string) => Promise<unknown>])[] = [
  [
    'killed',
    /shard 5 \(pod "[^"]+": Failed, exit code 137; last heard [^;]+, sending, /,
    async (pod) =>
      stack.control?.break(randomUUID(), {
        plane: 'pods',
        namespace: ground.host.namespace,
        pod,
        effect: { kind: 'kill' },
      }),
  ],
  [
    'deleted',
    /shard 5 \(/,
    (name) => ground.core.deleteNamespacedPod({ namespace: ground.host.namespace, name }),
  ],
];

test.each(losses)(
  'one pod that is %s makes the load inconclusive and names it',
  async (_what, says, lose) => {
    const load = start(endless);
    await load.begun;
    await lose(await podOf(load.name, 5));
    const reason = await load.done.catch((error: unknown) => error);
    expect(reason).toMatchObject({ name: 'Inconclusive' });
    const { message } = reason as Error;
    expect(message).toContain('The load is not whole, 1 of 8 shards lost');
    expect(message).toMatch(says);
    console.log(message);
    expect(await left()).toEqual([]);
  },
);

test('a load that is aborted leaves nothing', async () => {
  const abort = new AbortController();
  const load = start(endless, { shards: 2, signal: abort.signal });
  await load.begun;
  abort.abort(new Error('the run was stopped'));
  await expect(load.done).rejects.toThrow('the run was stopped');
  expect(await left()).toEqual([]);
});

test('pods that nobody can run are said with what Kubernetes says of them', async () => {
  const elsewhere = { ...ground, host: { ...ground.host, image: 'registry.example/none:1' } };
  const clock = { ...ground.clock, ioTimeoutWallMs: () => 3000 };
  const signal = new AbortController().signal;
  const load = startShards(
    { ...elsewhere, clock },
    { name: 'load-none', stream: synthetic, shards: 2, signal },
  );
  await expect(load.done).rejects.toThrow('Expected 2 pods of the load "load-none" to be there');
  expect(await left()).toEqual([]);
});

test('sweep removes what a killed run left', async () => {
  const { s3, batch, host, results } = ground;
  const runId = 'killed-run';
  const Key = `runs/${runId}/load-x/orders.json`;
  await s3.send(new PutObjectCommand({ Bucket: results.bucket, Key, Body: '{}' }));
  const labels = { ...shardLabels, ...runLabel(runId) };
  const pod = { restartPolicy: 'Never', containers: [{ name: 'load', image: host.image }] };
  const spec = { suspend: true, template: { metadata: { labels }, spec: pod } };
  const body = { metadata: { name: 'load-x', labels }, spec };
  await batch.createNamespacedJob({ namespace: host.namespace, body });
  expect(await left()).toEqual(['load-x', Key]);
  const swept = await place.stormproof(['sweep']);
  expect(swept).toMatchObject({ exitCode: 0 });
  await until('nothing to be left', 30_000, async () => (await left()).length === 0);
});
