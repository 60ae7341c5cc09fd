import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startTestPlane } from '../alb/test-plane.ts';
import type { NetworkEffect } from '../base/plane-fault.ts';
import { openTestEdge } from '../edge/test-edge.ts';
import { openTestNetwork } from '../network/test-network.ts';

const slightly: NetworkEffect = { kind: 'latency', latencyWallMs: 2, jitterWallMs: 1 };

/** Requests in four lanes until `done`; gives every status. */
async function underLoad(send: () => Promise<number>, done: () => Promise<void>): Promise<number[]> {
  const statuses: number[] = [];
  let going = true;
  const lanes = Array.from({ length: 4 }, async () => {
    while (going) statuses.push(await send());
  });
  await done();
  going = false;
  await Promise.all(lanes);
  return statuses;
}

describe('from the load balancer to pods', () => {
  test('no request fails while a fault is put in between, nor when it is mended', async () => {
    await using lab = await openTestNetwork();
    await using lb = await startTestPlane({ network: lab.network });
    const pod = await lb.target((_, response) => void setTimeout(() => response.end('ok'), 3));
    await lb.apply([pod.target]);
    await lb.states('healthy');
    const statuses = await underLoad(
      async () => (await lb.get('/')).status,
      async () => {
        for (let round = 0; round < 5; round++) {
          await lab.break('slow', slightly);
          await lb.get('/');
          await lab.network.mend('slow');
          await lb.get('/');
        }
      },
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  test('a cut meets connections that are warm, and nobody is told', async () => {
    await using lab = await openTestNetwork();
    await using lb = await startTestPlane({ network: lab.network });
    let connections = 0;
    let requests = 0;
    const pod = await lb.target((_, response) => {
      requests++;
      response.end('ok');
    });
    pod.server.on('connection', () => void connections++);
    await lb.apply([pod.target], {
      loadBalancer: { attributes: { 'idle_timeout.timeout_seconds': '1' } },
      group: { config: { ...idleChecks } },
    });
    await lb.states('healthy');
    await lb.get('/');
    await lab.break('cut', { kind: 'cut' });
    expect({ connections, requests }).toEqual({ connections: 3, requests: 1 });
    // On the warm connection, then by attempts to connect: both are waited for in vain.
    const answers = await Promise.all([lb.get('/'), lb.get('/')]);
    expect(answers.map(({ status }) => status)).toEqual([504, 504]);
    expect({ connections, requests }).toEqual({ connections: 3, requests: 1 });
    await lab.network.mend('cut');
    expect((await lb.get('/')).status).toBe(200);
  });

  test('health checks take the same way', async () => {
    await using lab = await openTestNetwork();
    await using lb = await startTestPlane({ network: lab.network });
    const pod = await lb.target((_, response) => void response.end('ok'));
    await lb.apply([pod.target]);
    await lb.states('healthy');
    await lab.break('hang', { kind: 'hang' });
    await lb.states('unhealthy');
    await lab.network.mend('hang');
    await lb.states('healthy');
  });

  test('an upgraded connection that does not end is ended before the fault begins', async () => {
    await using lab = await openTestNetwork();
    await using lb = await startTestPlane({ network: lab.network });
    const pod = await lb.target((_, response) => void response.end('ok'));
    pod.server.on('upgrade', (_, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    });
    await lb.apply([pod.target]);
    await lb.states('healthy');
    const viewer = connect({ host: lb.address, port: 8000, localAddress: lb.block.at(200, 1) });
    viewer.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const [head] = await once(viewer, 'data');
    expect(String(head)).toMatch(/^HTTP\/1.1 101 /);
    const ended = once(viewer, 'close');
    await lab.break('cut', { kind: 'cut' });
    await ended;
  });
});

const idleChecks = {
  Protocol: 'HTTP',
  TargetType: 'ip',
  HealthCheckPath: '/healthz',
  HealthCheckIntervalSeconds: 300,
  HealthCheckTimeoutSeconds: 1,
  HealthyThresholdCount: 2,
  UnhealthyThresholdCount: 2,
} as const;

describe('from the edge to its origins', () => {
  const hop = 'edge-to-load-balancer';
  test('no request fails while a fault is put in between, nor when it is mended', async () => {
    await using lab = await openTestNetwork();
    await using edge = await openTestEdge({ network: lab.network });
    const answer = (response: { end(text: string): void }): void =>
      void setTimeout(() => response.end('ok'), 3);
    const origin = await edge.origin('alb.example', (_, response) => answer(response), ['alb.example']);
    edge.apply({ origins: [origin.config] });
    const statuses = await underLoad(
      async () => (await edge.fetch(`/${Math.random()}`)).status,
      async () => {
        for (let round = 0; round < 5; round++) {
          await lab.break('slow', slightly, { hop });
          await edge.fetch('/');
          await lab.network.mend('slow');
          await edge.fetch('/');
        }
      },
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  test('a cut meets connections that are warm, and the other hop goes on', async () => {
    await using lab = await openTestNetwork();
    let storageAddress = '';
    await using edge = await openTestEdge({
      network: lab.network,
      hopTo: (address) => (address === storageAddress ? 'edge-to-storage' : hop),
    });
    let requests = 0;
    const main = await edge.origin('alb.example', (_, response) => {
      requests++;
      response.end('main');
    });
    const bucket = await edge.origin('bucket.example', (_, response) => void response.end('bucket'));
    storageAddress = addressOf(bucket);
    const { CustomOriginConfig } = main.config;
    edge.apply({
      origins: [
        {
          ...main.config,
          CustomOriginConfig: CustomOriginConfig && { ...CustomOriginConfig, OriginReadTimeout: 1 },
        },
        bucket.config,
      ],
      behaviors: [{ PathPattern: '/static/*', TargetOriginId: 'bucket.example' }],
    });
    let connections = 0;
    main.server.on('connection', () => void connections++);
    expect((await edge.fetch('/1')).body).toBe('main');
    await lab.break('cut', { kind: 'cut' }, { hop });
    expect(connections).toBe(2);
    expect((await edge.fetch('/2')).status).toBe(504);
    expect((await edge.fetch('/static/1')).body).toBe('bucket');
    expect(requests).toBe(1);
    await lab.network.mend('cut');
    expect((await edge.fetch('/3')).status).toBe(200);
  });
});

function addressOf({ server }: { readonly server: { address(): unknown } }): string {
  const address = server.address();
  if (typeof address !== 'object' || !address || !('address' in address)) throw new Error('Expected TCP');
  return String(address.address);
}
