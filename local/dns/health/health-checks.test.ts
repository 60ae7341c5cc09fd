import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createClock } from '../../base/clock.ts';
import type { HealthCheck } from './health-check.ts';
import { createHealthChecks } from './health-checks.ts';

const patient = { timeout: 15_000, interval: 5 };

test('an endpoint is unhealthy after so many failures in a row at every checker, and healthy again in the same way', async () => {
  let status = 200;
  await using endpoint = await serve((_, response) => response.writeHead(status).end());
  await using checks = started();
  checks.apply([http(endpoint.port)]);
  expect(checks.healthy('one')).toBe(true);
  await expect.poll(() => checks.observations('one').length, patient).toBe(3);
  expect(checks.observations('one').map(({ region, status: said }) => [region, said])).toEqual(
    ['us-east-1', 'us-west-2', 'eu-west-1'].map((region) => [region, 'Success: HTTP Status Code 200, OK']),
  );
  status = 503;
  const before = endpoint.asked();
  await expect.poll(() => checks.healthy('one'), patient).toBe(false);
  // Three checkers, each three times: one whose mind is not changed yet is 33 %.
  expect(endpoint.asked() - before).toBeGreaterThanOrEqual(9);
  expect(checks.observations('one')[0]?.status).toBe('Failure: HTTP Status Code 503, Service Unavailable');
  status = 301;
  await expect.poll(() => checks.healthy('one'), patient).toBe(true);
});

test('a text must be in the first 5,120 bytes of the body', async () => {
  await using endpoint = await serve(({ url }, response) =>
    response.end(`${'x'.repeat(url === '/early' ? 5000 : 5120)}well`),
  );
  await using checks = started();
  const search = 'well';
  checks.apply([
    { ...http(endpoint.port), id: 'early', path: '/early', search },
    { ...http(endpoint.port), id: 'late', path: '/late', search, threshold: 1 },
  ]);
  await expect.poll(() => checks.healthy('late'), patient).toBe(false);
  expect(checks.observations('late')[0]?.status).toMatch(/The search string was not found$/);
  expect(checks.healthy('early')).toBe(true);
});

test('a check of a connection sees a port that nobody listens on, by a name that is asked for each time', async () => {
  let port = 0;
  {
    await using gone = await serve(() => undefined);
    port = gone.port;
  }
  const asked: string[] = [];
  await using checks = started((name) => {
    asked.push(name);
    return '127.0.0.1';
  });
  const tcp = { ...http(port), protocol: 'tcp', endpoint: { name: 'db.example' }, threshold: 1 } as const;
  checks.apply([tcp, { ...tcp, id: 'inverted', inverted: true }, { ...tcp, id: 'disabled', disabled: true }]);
  await expect.poll(() => checks.healthy('one'), patient).toBe(false);
  await expect.poll(() => checks.healthy('inverted'), patient).toBe(true);
  expect(checks.healthy('disabled')).toBe(true);
  expect(checks.observations('disabled')).toEqual([]);
  expect(new Set(asked)).toEqual(new Set(['db.example']));
  expect(asked.length).toBeGreaterThanOrEqual(6);
  checks.apply([]);
  expect(checks.healthy('one')).toBe(true);
});

function started(resolve: (name: string) => string | undefined = () => undefined) {
  return createHealthChecks({
    clock: createClock({ speed: 200 }),
    addresses: ['127.0.0.1', '127.0.0.2', '127.0.0.3'],
    resolve: async (name) => resolve(name),
  });
}

function http(port: number): HealthCheck {
  return {
    id: 'one',
    protocol: 'http',
    endpoint: { address: '127.0.0.1' },
    port,
    host: 'hub.example',
    sendsName: false,
    path: '/',
    intervalMs: 10_000,
    threshold: 3,
    inverted: false,
    disabled: false,
  };
}

async function serve(listener: RequestListener) {
  let asked = 0;
  const server = createServer((request, response) => {
    asked++;
    listener(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    asked: () => asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
