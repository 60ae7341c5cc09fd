import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { debuglog } from 'node:util';
import type { Clock } from '../base/clock.ts';
import type { Breakable, DnsFault } from '../base/plane-fault.ts';
import type { Random } from '../base/random.ts';
import { createDnsFaults, type DnsFaults } from './faults.ts';
import { parseQuery } from './query.ts';
import { respond } from './respond.ts';
import { type DnsZone, indexZones, type ZoneIndex } from './zone-index.ts';

export type { DnsZone } from './zone-index.ts';

export interface DnsServerOptions {
  readonly addresses: readonly string[];
  /** 0 takes a free port, the same for UDP and TCP. */
  readonly port: number;
  readonly clock: Clock;
  /** Says which answers a loss takes, and which of the weighted records are answered. */
  readonly random: Random;
  /** What a health check says of the records that name it. */
  healthy(healthCheckId: string): boolean;
}

export interface DnsServer extends AsyncDisposable, Breakable<DnsFault> {
  /** The first address, and the port that every address has. */
  readonly address: { readonly address: string; readonly port: number };
  /** Replaces all zones at once. Throws, and changes nothing, when one cannot be served. */
  apply(zones: readonly DnsZone[]): void;
}

/** An authoritative name server, as Route 53's are: no recursion, REFUSED outside its zones. */
export async function startDnsServer(options: DnsServerOptions): Promise<DnsServer> {
  const { addresses, port, clock, random, healthy } = options;
  let zones: ZoneIndex = new Map();
  const faults = createDnsFaults({ clock, random, zones: () => zones, healthy });
  const closing = new AbortController();
  const state: ServerState = {
    faults,
    closing: closing.signal,
    asked: 0,
    idleWallMs: clock.ioTimeoutWallMs(tcpIdleMs),
  };
  const opened: AsyncDisposable[] = [];
  let bound = port;
  try {
    for (const address of addresses) {
      const tcp = await listenTcp(state, address, bound);
      opened.push(tcp);
      bound = tcp.port;
      opened.push(await listenUdp(state, address, bound));
    }
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
  return {
    address: { address: addresses[0] ?? '', port: bound },
    apply: (changed) => {
      zones = indexZones(changed);
    },
    break: faults.break,
    mend: faults.mend,
    [Symbol.asyncDispose]: async () => {
      closing.abort(new Error('the DNS server was closed'));
      await closeAll(opened);
    },
  };
}

const log = debuglog('stormproof:dns');

/** RFC 7766 §6.2.3: "on the order of a few seconds". */
const tcpIdleMs = 10_000;

interface ServerState {
  readonly faults: DnsFaults;
  readonly closing: AbortSignal;
  /** Counts queries: turns the order of address records. */
  asked: number;
  readonly idleWallMs: number;
}

async function closeAll(opened: readonly AsyncDisposable[]): Promise<void> {
  await Promise.all(opened.map((each) => each[Symbol.asyncDispose]()));
}

async function listenUdp(state: ServerState, address: string, port: number): Promise<AsyncDisposable> {
  const socket: DatagramSocket = createSocket({ type: 'udp4' });
  socket.on('message', (message, peer) => {
    void answer(state, message, 'udp').then((reply) => {
      if (reply && !state.closing.aborted)
        socket.send(reply, peer.port, peer.address, (error) => error && log('udp %s', error));
    });
  });
  socket.bind({ address, port });
  await once(socket, 'listening');
  socket.on('error', (error) => log('udp %s', error));
  return {
    [Symbol.asyncDispose]: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}

async function listenTcp(
  state: ServerState,
  address: string,
  port: number,
): Promise<AsyncDisposable & { port: number }> {
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    serveStream(state, socket);
  });
  server.listen({ host: address, port });
  await once(server, 'listening');
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound ? bound.port : port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** RFC 1035 §4.2.2: each message after its length in two octets; any number of them on one connection. */
function serveStream(state: ServerState, socket: Socket): void {
  let pending: Buffer = Buffer.alloc(0);
  socket.setTimeout(state.idleWallMs, () => socket.destroy());
  socket.on('error', (error) => log('tcp %s', error));
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      void answer(state, pending.subarray(2, end), 'tcp').then((reply) => sendOnStream(socket, reply));
      pending = pending.subarray(end);
    }
  });
}

function sendOnStream(socket: Socket, reply: Buffer | undefined): void {
  if (!reply) return void socket.destroy();
  const length = Buffer.alloc(2);
  length.writeUInt16BE(reply.length);
  if (socket.writable) socket.write(Buffer.concat([length, reply]));
}

/** Undefined where silence is the answer. */
async function answer(
  state: ServerState,
  message: Buffer,
  transport: 'udp' | 'tcp',
): Promise<Buffer | undefined> {
  const query = parseQuery(message);
  if (!query) return undefined;
  try {
    if (query.question && !(await state.faults.passes(query.question.name, transport, state.closing)))
      return undefined;
  } catch (error) {
    if (state.closing.aborted) return undefined;
    throw error;
  }
  return respond(state.faults.view(), query, { transport, rotation: state.asked++ });
}
