import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { expect, test } from 'vitest';
import { createClock } from '../base/clock.ts';
import { startLogShipper } from './log-shipper.ts';

/** Loki and CloudWatch Logs on one port; Loki refuses the first pushes. */
async function startSinks(lokiRefusals: number) {
  const loki: string[] = [];
  const cloudwatch: string[] = [];
  let refusals = lokiRefusals;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString());
    if (request.url === '/loki/api/v1/push') {
      if (refusals-- > 0) return void response.writeHead(503).end('not ready');
      for (const { values } of body.streams) loki.push(...values.map(([, line]: [string, string]) => line));
      return void response.writeHead(204).end();
    }
    for (const { message } of body.logEvents ?? []) cloudwatch.push(message);
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const logs = new CloudWatchLogsClient({ region: 'us-east-1', endpoint: url, credentials, maxAttempts: 1 });
  return { url, logs, loki, cloudwatch, close: () => server.close() };
}

const line = (pod: string, text: string) => ({
  namespace: 'shop',
  pod,
  container: 'hub',
  node: 'n1',
  line: text,
  time: new Date(),
});

test('each line arrives once at both ends, also after refusals; excluded pods stay silent', async () => {
  const sinks = await startSinks(2);
  const stop = new AbortController();
  const shipper = startLogShipper({
    clock: createClock({ speed: 50 }),
    lokiUrl: sinks.url,
    logs: sinks.logs,
    logGroupName: '/shop',
    excludes: ({ pod }) => pod === 'hidden',
    signal: stop.signal,
  });
  for (const text of ['one', 'two', 'three']) shipper.take(line('web', text));
  shipper.take(line('hidden', 'secret'));
  await expect.poll(() => sinks.cloudwatch.length).toBe(3);
  stop.abort();
  sinks.close();
  expect(sinks.loki).toEqual(['one', 'two', 'three']);
  expect(sinks.cloudwatch).toEqual(['one', 'two', 'three']);
  expect(shipper.dropped).toBe(0);
});
