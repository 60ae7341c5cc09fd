import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { createClock } from '../base/clock.ts';
import { claimLoopbackBlock } from '../base/loopback.ts';
import type { TelemetryFault } from '../base/plane-fault.ts';
import { startTelemetry, type Telemetry } from './telemetry.ts';

const fault = (signal: TelemetryFault['signal'], effect: TelemetryFault['effect']): TelemetryFault => ({
  plane: 'telemetry',
  signal,
  effect,
});

test('Loki that is down cuts what pushes, still answers what asks, and takes pushes again', async () => {
  await using it = await start();
  await push(it, 'before');
  await it.break('a', fault('logs', 'down'));
  await expect(push(it, 'lost unless sent again')).rejects.toThrow('fetch failed');
  expect(await lines(it)).toEqual(['before']);
  expect((await fetch(`${it.lokiUrl}/ready`)).status).toBe(200);
  expect(await exportSpan(it, 1)).toBe(200);
  await it.mend('a');
  expect(await push(it, 'sent again')).toBe(204);
  expect(await lines(it)).toEqual(['before', 'sent again']);
});

test('an OTLP collector that is down refuses connections and ends those that stand; traces can still be read', async () => {
  await using it = await start();
  expect(await exportSpan(it, 1)).toBe(200);
  const { hostname, port } = new URL(it.otlpUrl);
  const standing = connect(Number(port), hostname);
  await new Promise((resolve) => standing.once('connect', resolve));
  const ended = new Promise((resolve) => standing.once('close', resolve));
  await Promise.all([it.break('a', fault('traces', 'down')), it.break('b', fault('traces', 'down'))]);
  await ended;
  await it.break('a', fault('traces', 'down'));
  expect(await refusal(hostname, Number(port))).toBe('ECONNREFUSED');
  await expect(exportSpan(it, 2)).rejects.toThrow('fetch failed');
  expect(await traceStatus(it, 1)).toBe(200);
  await it.mend('a');
  expect(await refusal(hostname, Number(port))).toBe('ECONNREFUSED');
  await Promise.all([it.mend('b'), it.mend('b')]);
  expect(await exportSpan(it, 2)).toBe(200);
  expect(await traceStatus(it, 2)).toBe(200);
});

test('a backlog is taken and cannot be queried until the last is mended; then all of it is there', async () => {
  await using it = await start();
  await push(it, 'before');
  await it.break('a', fault('logs', 'backlog'));
  await it.break('b', fault('logs', 'backlog'));
  await it.break('c', fault('traces', 'backlog'));
  for (const line of ['one', 'two', 'one']) expect(await push(it, line)).toBe(204);
  expect(await exportSpan(it, 1)).toBe(200);
  expect(await lines(it)).toEqual(['before']);
  expect(await traceStatus(it, 1)).toBe(404);
  await it.mend('a');
  expect(await lines(it)).toEqual(['before']);
  await it.mend('b');
  // Sent twice, stored once, as Loki does.
  expect(await lines(it)).toEqual(['before', 'one', 'two']);
  expect(await traceStatus(it, 1)).toBe(404);
  await it.mend('c');
  await it.mend('never broken');
  expect(await traceStatus(it, 1)).toBe(200);
});

test('a collector can go down with a backlog, and the server closes while it is down', async () => {
  await using it = await start();
  await it.break('a', fault('traces', 'backlog'));
  await exportSpan(it, 1);
  await it.break('b', fault('traces', 'down'));
  await it.mend('a');
  expect(await traceStatus(it, 1)).toBe(200);
});

let host = 0;

async function start(): Promise<Telemetry> {
  const block = await claimLoopbackBlock();
  const telemetry = await startTelemetry({ host: block.at(6, ++host), clock: createClock({ speed: 10 }) });
  return {
    ...telemetry,
    [Symbol.asyncDispose]: async () => {
      await telemetry[Symbol.asyncDispose]();
      await block[Symbol.asyncDispose]();
    },
  };
}

async function push({ lokiUrl }: Telemetry, line: string): Promise<number> {
  const values = [[`${1 + line.length}000000000`, line]];
  const { status } = await fetch(`${lokiUrl}/loki/api/v1/push`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ streams: [{ stream: { app: 'hub' }, values }] }),
  });
  return status;
}

async function lines({ lokiUrl }: Telemetry): Promise<string[]> {
  const asked = new URLSearchParams({ query: '{app="hub"}', start: '1', end: '99', direction: 'forward' });
  const answer = await fetch(`${lokiUrl}/loki/api/v1/query_range?${asked}`);
  const { data } = (await answer.json()) as { data: { result: { values: [string, string][] }[] } };
  return data.result.flatMap(({ values }) => values.map(([, line]) => line)).toSorted();
}

const traceIdOf = (n: number): string => `5b8efff798038103d269b633813fc60${n}`;

async function exportSpan({ otlpUrl }: Telemetry, n: number): Promise<number> {
  const span = { traceId: traceIdOf(n), spanId: 'eee19b7ec3c1b174', name: 'GET /' };
  const { status } = await fetch(`${otlpUrl}/v1/traces`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
  });
  return status;
}

async function traceStatus({ tempoUrl }: Telemetry, n: number): Promise<number> {
  return (await fetch(`${tempoUrl}/api/traces/${traceIdOf(n)}`)).status;
}

function refusal(address: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, address, () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
  });
}
