import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { echo, openTestNetwork, readAll, settlesWithin, testHop } from './test-network.ts';

const latency = (latencyWallMs: number, jitterWallMs = 0) =>
  ({ kind: 'latency', latencyWallMs, jitterWallMs }) as const;

describe('a dialing hop', () => {
  test('is direct without a fault, and again after mending', async () => {
    await using lab = await openTestNetwork();
    const dial = { host: '127.0.0.9', port: 81, localAddress: '127.0.0.8' };
    expect(lab.network.route(testHop, dial)).toBe(dial);
    await lab.break('a', latency(0));
    expect(lab.network.route(testHop, dial)).toEqual({ ...dial, host: `127.${lab.block.block}.6.1` });
    expect(lab.network.route('edge-to-storage', dial)).toBe(dial);
    await lab.network.mend('a');
    expect(lab.network.route(testHop, dial)).toBe(dial);
  });

  test('shows the server the client’s true address through the proxy', async () => {
    await using lab = await openTestNetwork();
    await lab.break('a', latency(0));
    const server = await lab.server();
    const from = lab.block.next('edgeEgress');
    await echo(await lab.dial(server, { from }));
    expect(server.accepted[0]?.remoteAddress).toBe(from);
  });

  test('retires old connections before a fault begins, and ends those that stay', async () => {
    await using lab = await openTestNetwork();
    const server = await lab.server();
    const old = await lab.dial(server);
    let reroutes = 0;
    lab.network.onReroute(testHop, async (late) => {
      reroutes++;
      await once(late, 'abort');
      old.destroy();
    });
    const broken = lab.break('a', { kind: 'cut' });
    await echo(old);
    await broken;
    expect(old.destroyed).toBe(true);
    await lab.break('b', latency(5));
    expect(reroutes).toBe(1);
  });

  test('closes its proxy when the last connection is gone', async () => {
    await using lab = await openTestNetwork();
    const server = await lab.server();
    await lab.break('a', latency(0));
    const socket = await lab.dial(server);
    const proxy = { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
    await lab.network.mend('a');
    await echo(socket);
    socket.destroy();
    const knock = () =>
      lab.dial(proxy).then(
        (one) => void one.destroy(),
        (error: NodeJS.ErrnoException) => error.code,
      );
    await expect.poll(knock, { timeout: 5000, interval: 1200 }).toBe('ECONNREFUSED');
  });
});

describe('latency', () => {
  test('holds each chunk in either direction, and several add up', async () => {
    await using lab = await openTestNetwork();
    const server = await lab.server();
    await lab.break('a', latency(60));
    const socket = await lab.dial(server);
    expect(await echo(socket)).toBeGreaterThanOrEqual(120);
    await lab.break('b', latency(40));
    expect(await echo(socket)).toBeGreaterThanOrEqual(200);
    await lab.network.mend('a');
    await soonUnder(180, socket);
  });

  test('with jitter keeps the order', async () => {
    await using lab = await openTestNetwork();
    const server = await lab.server();
    await lab.break('a', latency(20, 20));
    const socket = await lab.dial(server);
    const sent = Array.from({ length: 50 }, (_, index) => `${index};`);
    const back = readAll(socket);
    for (const part of sent) {
      socket.write(part);
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.end();
    expect((await back).toString()).toBe(sent.join(''));
  });

  test('delivers what it held when it is mended', async () => {
    await using lab = await openTestNetwork();
    const server = await lab.server();
    await lab.break('a', latency(60_000));
    const socket = await lab.dial(server);
    const answered = echo(socket);
    expect(await settlesWithin(100, answered)).toBe(false);
    await lab.network.mend('a');
    expect(await answered).toBeLessThan(60_000);
  });
});

test('bandwidth is no more than was given', async () => {
  await using lab = await openTestNetwork();
  const server = await lab.server((socket) => void socket.resume());
  await lab.break('a', { kind: 'bandwidth', bytesPerWallSecond: 100_000 });
  const socket = await lab.dial(server);
  const startedMs = performance.now();
  socket.end(Buffer.alloc(50_000));
  await expect.poll(() => server.accepted[0]?.bytesRead, { interval: 5, timeout: 30_000 }).toBe(50_000);
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(500);
});

test('a narrow line makes the sender wait instead of taking it all', async () => {
  await using lab = await openTestNetwork();
  const server = await lab.server((socket) => void socket.resume());
  await lab.break('a', { kind: 'bandwidth', bytesPerWallSecond: 1000 });
  const socket = await lab.dial(server);
  // More than the kernel's buffers of two connections hold.
  expect(await settlesWithin(300, new Promise((done) => socket.write(Buffer.alloc(30_000_000), done)))).toBe(
    false,
  );
});

describe('cut', () => {
  test('says nothing to anybody, and what was held arrives once after mending', async () => {
    await using lab = await openTestNetwork();
    const server = await lab.server();
    await lab.break('through', latency(0));
    const socket = await lab.dial(server);
    await echo(socket);
    await lab.break('cut', { kind: 'cut' });
    const answered = echo(socket, 'lost and found');
    expect(await settlesWithin(200, answered)).toBe(false);
    expect(server.accepted[0]?.bytesRead).toBe(4);
    await lab.network.mend('cut');
    await answered;
    expect(server.accepted[0]?.bytesRead).toBe(4 + 14);
  });

  test('leaves a new connection attempt pending', async () => {
    await using lab = await openTestNetwork();
    const server = await lab.server();
    await lab.break('a', { kind: 'cut' });
    const givingUp = new AbortController();
    const attempts = Array.from({ length: 5 }, () => lab.dial(server, { signal: givingUp.signal }));
    expect(await settlesWithin(500, Promise.race(attempts))).toBe(false);
    expect(server.accepted).toEqual([]);
    givingUp.abort();
    await Promise.allSettled(attempts);
    await lab.network.mend('a');
    await echo(await lab.dial(server));
  });

  test('meets the given addresses alone', async () => {
    await using lab = await openTestNetwork();
    const [cut, whole] = [await lab.server(), await lab.server()];
    await lab.break('a', { kind: 'cut' }, { addresses: [cut.host] });
    await echo(await lab.dial(whole));
    const givingUp = new AbortController();
    const attempt = lab.dial(cut, { signal: givingUp.signal });
    expect(await settlesWithin(100, attempt)).toBe(false);
    givingUp.abort();
    await expect(attempt).rejects.toThrow();
  });

  test('hides the end of a server until it is mended', async () => {
    await using lab = await openTestNetwork();
    const server = await lab.server();
    await lab.break('through', latency(0));
    const socket = await lab.dial(server);
    await echo(socket);
    await lab.break('cut', { kind: 'cut' });
    server.accepted[0]?.resetAndDestroy();
    const failed = errorOf(socket);
    expect(await settlesWithin(100, failed)).toBe(false);
    await lab.network.mend('cut');
    expect(await failed).toBe('ECONNRESET');
  });
});

test('half-open: what the client says arrives, the answer comes when it is mended', async () => {
  await using lab = await openTestNetwork();
  const server = await lab.server();
  await lab.break('a', { kind: 'half-open' });
  const socket = await lab.dial(server);
  const answered = echo(socket);
  await expect.poll(() => server.accepted[0]?.bytesRead).toBe(4);
  expect(await settlesWithin(100, answered)).toBe(false);
  await lab.network.mend('a');
  await answered;
});

test('reset ends what stands at once, and what is new when it carries data', async () => {
  await using lab = await openTestNetwork();
  const server = await lab.server();
  await lab.break('through', latency(0));
  const standing = await lab.dial(server);
  await echo(standing);
  const [standingError, serverError] = [errorOf(standing), errorOf(server.accepted[0])];
  await lab.break('reset', { kind: 'reset' });
  expect(await Promise.all([standingError, serverError])).toEqual(['ECONNRESET', 'ECONNRESET']);
  const late = await lab.dial(server);
  const lateError = errorOf(late);
  late.write('x');
  expect(await lateError).toBe('ECONNRESET');
  await lab.network.mend('reset');
  await echo(await lab.dial(server));
});

test('refuse is for new connections; those that stand live on, direct or not', async () => {
  await using lab = await openTestNetwork();
  const server = await lab.server();
  const standing = await lab.dial(server);
  await lab.break('a', { kind: 'refuse' });
  await expect(lab.dial(server)).rejects.toThrow('ECONNREFUSED');
  await echo(standing);
  await lab.network.mend('a');
  await echo(await lab.dial(server));
});

test('hang accepts and never answers, until it is mended', async () => {
  await using lab = await openTestNetwork();
  const server = await lab.server();
  await lab.break('a', { kind: 'hang' });
  const socket = await lab.dial(server);
  const answered = echo(socket);
  expect(await settlesWithin(100, answered)).toBe(false);
  expect(server.accepted).toEqual([]);
  await lab.network.mend('a');
  await answered;
});

test('breaking and mending twice is the same as once', async () => {
  await using lab = await openTestNetwork();
  const server = await lab.server();
  await Promise.all([lab.break('a', latency(50)), lab.break('a', latency(50))]);
  const socket = await lab.dial(server);
  await soonUnder(180, socket);
  await lab.network.mend('a');
  await lab.network.mend('a');
  await soonUnder(50, socket);
});

test('a fault that makes no sense is refused', async () => {
  await using lab = await openTestNetwork();
  await expect(lab.break('a', latency(-1))).rejects.toThrow(
    'Cannot break the network: expected latencyWallMs',
  );
  const hop = JSON.parse('"moon-to-earth"');
  await expect(lab.break('a', { kind: 'cut' }, { hop })).rejects.toThrow('expected a hop of');
});

describe('a connection through the network', () => {
  test('ends in halves, and breaks off as a whole', async () => {
    await using lab = await openTestNetwork();
    await lab.break('a', latency(5));
    const talker = await lab.server(async (socket) => {
      const heard = await readAll(socket);
      socket.end(`heard ${heard}`);
    });
    const socket = await lab.dial(talker);
    socket.end('all of it');
    expect((await readAll(socket)).toString()).toBe('heard all of it');
    const breaker = await lab.server((one) => void one.once('data', () => one.resetAndDestroy()));
    const broken = await lab.dial(breaker);
    const error = errorOf(broken);
    broken.write('x');
    expect(await error).toBe('ECONNRESET');
  });

  test('to a server that is not there is reset', async () => {
    await using lab = await openTestNetwork();
    await lab.break('a', latency(0));
    const nowhere = { host: lab.block.next('podZoneB'), port: 9 };
    const socket = await lab.dial(nowhere);
    expect(await errorOf(socket)).toBe('ECONNRESET');
  });
});

describe('a relay', () => {
  const hop = 'pods-to-database';
  test('listens while it is up, keeps the client’s address, and cuts when it goes down', async () => {
    await using lab = await openTestNetwork();
    const server = await lab.server();
    const listen = { host: lab.block.next('database'), port: 5432 };
    const relay = lab.network.relay({ hop, listen, target: server });
    await expect(lab.dial(listen)).rejects.toThrow('ECONNREFUSED');
    await relay.up();
    await relay.up();
    const from = lab.block.next('edgeEgress');
    const socket = await lab.dial(listen, { from });
    await echo(socket, 'x'.repeat(2_000_000));
    expect(server.accepted[0]?.remoteAddress).toBe(from);
    const ended = once(socket, 'end');
    await relay.down();
    await relay.down();
    await ended;
    await expect(lab.dial(listen)).rejects.toThrow('ECONNREFUSED');
    await relay.up();
    await echo(await lab.dial(listen));
  });

  test('honours faults on connections that stand, and refuses new ones in the kernel’s own way', async () => {
    await using lab = await openTestNetwork();
    const server = await lab.server();
    const listen = { host: lab.block.next('database'), port: 5432 };
    await using relay = lab.network.relay({ hop, listen, target: server });
    await relay.up();
    const socket = await lab.dial(listen);
    await echo(socket);
    await lab.break('slow', latency(40), { hop, addresses: [listen.host] });
    expect(await echo(socket)).toBeGreaterThanOrEqual(80);
    await lab.break('refuse', { kind: 'refuse' }, { hop });
    await expect(lab.dial(listen)).rejects.toThrow('ECONNREFUSED');
    await echo(socket);
    await lab.network.mend('refuse');
    await echo(await lab.dial(listen));
    await lab.break('cut', { kind: 'cut' }, { hop });
    const silent = await lab.dial(listen);
    const [silentError, ended] = [errorOf(silent), once(socket, 'end')];
    silent.write('x');
    await relay.down();
    expect(await settlesWithin(100, Promise.race([silentError, ended]))).toBe(false);
    await lab.network.mend('cut');
    await ended;
    expect(await silentError).toBe('ECONNRESET');
  });

  test('says nothing to whom it does not admit, and lets who stands stay', async () => {
    await using lab = await openTestNetwork();
    const server = await lab.server();
    const listen = { host: lab.block.next('database'), port: 5432 };
    const friend = lab.block.next('podZoneA');
    let admitted = [friend];
    const admits = (source: string) => admitted.includes(source);
    await using relay = lab.network.relay({ hop, listen, target: server, admits });
    await relay.up();
    const stranger = await lab.dial(listen);
    const heard = Promise.race([once(stranger, 'data'), once(stranger, 'close')]);
    stranger.write('x');
    const socket = await lab.dial(listen, { from: friend });
    await echo(socket);
    admitted = [];
    await echo(socket);
    expect(await settlesWithin(100, heard)).toBe(false);
    expect(server.accepted).toHaveLength(1);
    stranger.end();
    await once(stranger.resume(), 'end');
  });

  test('gives RST when its server refuses', async () => {
    await using lab = await openTestNetwork();
    const closed = createServer().listen({ host: lab.block.next('podZoneC'), port: 0 });
    await once(closed, 'listening');
    const target = closed.address();
    closed.close();
    if (typeof target !== 'object' || !target) throw new Error('Expected a TCP address');
    const listen = { host: lab.block.next('database'), port: 5432 };
    await using relay = lab.network.relay({
      hop,
      listen,
      target: { host: target.address, port: target.port },
    });
    await relay.up();
    expect(await errorOf(await lab.dial(listen))).toBe('ECONNRESET');
  });
});

/** A busy machine delays some exchanges, a fault delays every one. */
async function soonUnder(boundMs: number, socket: Socket): Promise<void> {
  await expect.poll(() => echo(socket), { timeout: 30_000 }).toBeLessThan(boundMs);
}

async function errorOf(socket: Socket | undefined): Promise<string | undefined> {
  if (!socket) throw new Error('Expected a socket');
  const [error] = (await once(socket, 'error').catch((failure: unknown) => [failure])) as [
    NodeJS.ErrnoException,
  ];
  return error.code;
}
