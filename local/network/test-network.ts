import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createClock } from '../base/clock.ts';
import { claimLoopbackBlock, type LoopbackBlock } from '../base/loopback.ts';
import type { Endpoint } from '../base/network.ts';
import type { Hop, NetworkEffect } from '../base/plane-fault.ts';
import { createRandom } from '../base/random.ts';
import { type NetworkPlane, startNetwork } from './network.ts';

/** A network on a block of its own, with servers and dialers that know nothing of it. */
export interface TestNetwork extends AsyncDisposable {
  readonly network: NetworkPlane;
  readonly block: LoopbackBlock;
  /** Starts a server; it echoes unless told otherwise. */
  server(serve?: (socket: Socket) => void): Promise<TestServer>;
  /** Dials as a plane does; resolves when connected, rejects with the error. */
  dial(to: Endpoint, options?: DialOptions): Promise<Socket>;
  break(id: string, effect: NetworkEffect, options?: { hop?: Hop; addresses?: string[] }): Promise<void>;
}

export interface TestServer extends Endpoint {
  readonly accepted: Socket[];
}

export interface DialOptions {
  readonly hop?: Hop;
  readonly from?: string;
  readonly signal?: AbortSignal;
}

export const testHop: Hop = 'load-balancer-to-pods';

export async function openTestNetwork(): Promise<TestNetwork> {
  await using opened = new AsyncDisposableStack();
  const block = opened.use(await claimLoopbackBlock());
  const sockets: Socket[] = [];
  const stopping = new AbortController();
  const network = opened.use(
    startNetwork({
      clock: createClock({ speed: 10 }),
      random: createRandom(1),
      allocateAddress: () => block.next('network'),
      signal: stopping.signal,
    }),
  );
  opened.defer(() => {
    stopping.abort(new Error('the test is over'));
    for (const socket of sockets) socket.destroy();
  });
  const from = block.next('edgeEgress');
  const closers: (() => Promise<void>)[] = [];
  opened.defer(async () => {
    await Promise.all(closers.map((close) => close()));
  });
  const owned = opened.move();
  return {
    network,
    block,
    server: async (serve = (socket) => void socket.pipe(socket)) => {
      const accepted: Socket[] = [];
      const server = createServer({ allowHalfOpen: true }, (socket) => {
        socket.on('error', () => socket.destroy());
        accepted.push(socket);
        sockets.push(socket);
        serve(socket);
      });
      server.listen({ host: block.next('podZoneA'), port: 0 });
      await once(server, 'listening');
      closers.push(async () => {
        server.close();
      });
      const { address: host, port } = server.address() as AddressInfo;
      return { host, port, accepted };
    },
    dial: async ({ host, port }, { hop = testHop, from: localAddress = from, signal } = {}) => {
      const socket = connect({
        ...network.route(hop, { host, port, localAddress }),
        allowHalfOpen: true,
        signal,
      });
      sockets.push(socket);
      await once(socket, 'connect');
      // Tests that look for an error listen for it; in others it must not be nobody's.
      socket.on('error', () => socket.destroy());
      return socket;
    },
    break: (id, effect, { hop = testHop, addresses } = {}) =>
      network.break(id, { plane: 'network', hop, addresses, effect }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What comes until the other side ends. */
export async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Sends and takes back so many bytes of an echo; gives the wall time that it took. */
export async function echo(socket: Socket, text = 'ping'): Promise<number> {
  const startedMs = performance.now();
  let got = '';
  const back = new Promise<void>((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      got += chunk;
      if (got.length < text.length) return;
      socket.off('data', take);
      resolve();
    };
    socket.on('data', take);
    socket.once('close', () => reject(new Error(`closed after "${got}"`)));
  });
  socket.write(text);
  await back;
  if (got !== text) throw new Error(`Expected "${text}" back, got "${got}"`);
  return performance.now() - startedMs;
}

/** Whether something settles within so much wall time. */
export function settlesWithin(wallMs: number, promise: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), wallMs);
    const settled = (): void => {
      clearTimeout(timer);
      resolve(true);
    };
    promise.then(settled, settled);
  });
}
