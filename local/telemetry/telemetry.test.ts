import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createClock } from '../base/clock.ts';
import { claimLoopbackBlock } from '../base/loopback.ts';
import { parseLogQuery } from './selector.ts';
import { startTelemetry } from './telemetry.ts';

const traceId = '5b8efff798038103d269b633813fc60c';

// Each test has an address of its own: fetch keeps connections to servers of tests that are over.
let host = 0;

async function start(limits?: { spans: number; lines: number }) {
  const block = await claimLoopbackBlock();
  const telemetry = await startTelemetry({
    host: block.at(5, ++host),
    clock: createClock({ speed: 10 }),
    limits,
  });
  const json = { 'Content-Type': 'application/json' };
  const exportSpans = (body: object, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${telemetry.otlpUrl}/v1/traces`, {
      method: 'POST',
      headers: { ...json, ...headers },
      body: headers['Content-Encoding'] ? gzipSync(JSON.stringify(body)) : JSON.stringify(body),
    });
  const push = (stream: object, ...values: unknown[][]): Promise<Response> =>
    fetch(`${telemetry.lokiUrl}/loki/api/v1/push`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ streams: [{ stream, values }] }),
    });
  const query = (parameters: Record<string, string>): Promise<Response> =>
    fetch(`${telemetry.lokiUrl}/loki/api/v1/query_range?${new URLSearchParams(parameters)}`);
  const lines = async (parameters: Record<string, string>): Promise<string[]> => {
    const { data } = (await (await query({ start: '1', end: '9', ...parameters })).json()) as {
      data: { result: { values: [string, string][] }[] };
    };
    return data.result.flatMap(({ values }) => values.map(([at, line]) => `${at.slice(0, -9)}:${line}`));
  };
  return {
    telemetry,
    exportSpans,
    push,
    query,
    lines,
    [Symbol.asyncDispose]: async () => {
      await telemetry[Symbol.asyncDispose]();
      await block[Symbol.asyncDispose]();
    },
  };
}

function spans(id: string, spanId: string, service: string, parentSpanId?: string): object {
  const span = {
    traceId: id,
    spanId,
    parentSpanId,
    name: 'GET /',
    kind: 2,
    startTimeUnixNano: '1000000',
    endTimeUnixNano: '4000000',
  };
  return {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
        scopeSpans: [
          {
            scope: { name: 's' },
            spans: [{ ...span, attributes: [{ key: 'pod', value: { stringValue: 'hub-1' } }] }],
          },
        ],
      },
    ],
  };
}

const seconds = (value: number): string => `${value}000000000`;

test('spans that come in pieces come out as one trace, and once each', async () => {
  await using it = await start();
  const first = await it.exportSpans(spans(traceId.toUpperCase(), 'eee19b7ec3c1b174', 'hub'));
  expect([first.status, await first.json()]).toEqual([200, { partialSuccess: {} }]);
  const child = spans(traceId, 'eee19b7ec3c1b175', 'db', 'eee19b7ec3c1b174');
  await it.exportSpans(child, { 'Content-Encoding': 'gzip' });
  await it.exportSpans(child);
  const trace = await (await fetch(`${it.telemetry.tempoUrl}/api/v2/traces/${traceId}`)).json();
  expect(trace).toMatchObject({
    trace: {
      resourceSpans: [
        {
          scopeSpans: [
            {
              spans: [
                { traceId: 'W47/95gDgQPSabYzgT/GDA==', spanId: '7uGbfsPBsXQ=', kind: 'SPAN_KIND_SERVER' },
              ],
            },
          ],
        },
        { scopeSpans: [{ spans: [{ spanId: '7uGbfsPBsXU=', parentSpanId: '7uGbfsPBsXQ=' }] }] },
      ],
    },
  });
  const older = await (await fetch(`${it.telemetry.tempoUrl}/api/traces/${traceId}`)).json();
  expect(older).toHaveProperty('batches.length', 2);
  const found = await fetch(
    `${it.telemetry.tempoUrl}/api/search?${new URLSearchParams({ tags: 'service.name=hub pod="hub-1"' })}`,
  );
  expect(await found.json()).toMatchObject({
    traces: [{ traceID: traceId, rootServiceName: 'hub', durationMs: 3 }],
  });
});

test('what is no trace is refused as Tempo and OTLP do', async () => {
  await using it = await start();
  const tempo = async (id: string) => {
    const answer = await fetch(`${it.telemetry.tempoUrl}/api/v2/traces/${id}`);
    return [answer.status, await answer.text()];
  };
  expect(await tempo(traceId)).toEqual([404, 'trace not found\n']);
  expect((await tempo('nonsense'))[0]).toBe(400);
  const bad = await it.exportSpans(spans('00', 'eee19b7ec3c1b174', 'hub'));
  expect([bad.status, await bad.json()]).toMatchObject([
    400,
    { code: 3, message: expect.stringContaining('16 bytes') },
  ]);
  expect((await it.exportSpans({}, { 'Content-Type': 'application/x-protobuf' })).status).toBe(415);
});

test('lines are selected by stream, text and time, newest first', async () => {
  await using it = await start();
  const hub = { app: 'hub', pod: 'hub-1' };
  expect((await it.push(hub, [seconds(2), 'two'], [seconds(1), 'one'], [seconds(2), 'two'])).status).toBe(
    204,
  );
  await it.push({ app: 'db' }, [seconds(3), 'three'], [seconds(9), 'nine']);
  expect(await it.lines({ query: '{app="hub"}' })).toEqual(['2:two', '1:one']);
  expect(await it.lines({ query: '{app=~"h.*|db"}' })).toEqual(['3:three', '2:two', '1:one']);
  expect(await it.lines({ query: '{app=~".+", pod!=""} |= "o" != "two"' })).toEqual(['1:one']);
  expect(await it.lines({ query: '{app!~"db|x", pod="hub-1"} |~ `^t` !~ "x$"' })).toEqual(['2:two']);
  expect(await it.lines({ query: '{app=~".+"}', direction: 'forward', limit: '2' })).toEqual([
    '1:one',
    '2:two',
  ]);
  const labels = await fetch(`${it.telemetry.lokiUrl}/loki/api/v1/labels?start=1&end=9`);
  expect(await labels.json()).toEqual({ status: 'success', data: ['app', 'pod'] });
  expect(await (await fetch(`${it.telemetry.lokiUrl}/ready`)).text()).toBe('ready\n');
});

test.each([
  ['{app="hub"', 400, 'parse error at line 1, col 11: syntax error: unexpected $end, expecting , or }'],
  ['{app="hub"} | json', 400, 'parse error at line 1, col 13: syntax error: unexpected |'],
  ['{app=~".*"}', 400, 'queries require at least one regexp or equality matcher'],
  ['{app=~"("}', 400, 'error parsing regexp'],
])('the query %s is refused', async (query, status, message) => {
  await using it = await start();
  const answer = await it.query({ query });
  expect([answer.status, await answer.text()]).toEqual([status, expect.stringContaining(message)]);
});

test('bad pushes and limits are refused by name', async () => {
  await using it = await start();
  expect(await (await it.push({}, [seconds(1), 'x'])).text()).toBe(
    'error at least one label pair is required per stream\n',
  );
  expect((await it.push({ app: 'hub' }, [1, 'x'])).status).toBe(400);
  expect(await (await it.query({ query: '{a="b"}', limit: '6000' })).text()).toContain('(6000 > 5000)');
});

test('memory is bounded: the oldest go', async () => {
  await using it = await start({ spans: 2, lines: 3 });
  for (let i = 0; i < 20; i++) await it.push({ app: `hub-${i % 2}` }, [seconds(1 + (i % 7)), `line ${i}`]);
  expect((await it.lines({ query: '{app=~".+"}' })).map((line) => line.slice(2)).toSorted()).toEqual([
    'line 17',
    'line 18',
    'line 19',
  ]);
  const ids = [1, 2, 3].map((i) => traceId.slice(0, -1) + i);
  for (const id of ids) await it.exportSpans(spans(id, 'eee19b7ec3c1b174', 'hub'));
  const statuses = await Promise.all(
    ids.map(async (id) => (await fetch(`${it.telemetry.tempoUrl}/api/traces/${id}`)).status),
  );
  expect(statuses).toEqual([404, 200, 200]);
});

test('whatever a label or line holds, quoting it finds it', () => {
  const quote = (text: string): string =>
    JSON.stringify(text).replace(/\\u([0-9a-f]{4})/g, (_, hex) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  const text = fc.string({ minLength: 1 }).filter((value) => !/[\n\r\b\f]/.test(value));
  fc.assert(
    fc.property(text, text, (label, line) => {
      const query = parseLogQuery(`{a=${quote(label)}} |= ${quote(line)}`);
      expect([
        query.streams({ a: label }),
        query.streams({ a: `${label}x` }),
        query.lines(`<${line}>`),
      ]).toEqual([true, false, true]);
    }),
  );
});
