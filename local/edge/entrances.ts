import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  ServerResponse,
} from 'node:http';
import { performServerHandshake, type ServerHttp2Session } from 'node:http2';
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { debuglog } from 'node:util';
import type { Clock } from '../base/clock.ts';
import { boundPort, type PortTable } from '../base/loopback.ts';
import { createTlsEntrance, type TlsEntrance } from './tls-entrance.ts';
import type { Viewer } from './viewer.ts';
import { http1Viewer } from './viewer-http1.ts';
import { http2Viewer } from './viewer-http2.ts';

export interface EntranceOptions {
  readonly clock: Clock;
  readonly addresses: readonly string[];
  readonly ports: PortTable;
  onRequest(viewer: Viewer): void;
}

/** Ports 80 and 443 of every address: HTTP/1.1 on both, HTTP/2 where the handshake chose it. */
export async function openEntrances(
  options: EntranceOptions,
): Promise<Pick<TlsEntrance, 'apply'> & AsyncDisposable> {
  const { clock, addresses, ports, onRequest } = options;
  const idleWallMs = clock.ioTimeoutWallMs(viewerIdleMs);
  const http = createHttp1(onRequest, idleWallMs);
  const tls = createTlsEntrance({
    handshakeWallMs: clock.ioTimeoutWallMs(handshakeMs),
    onSecure: (socket) => {
      if (socket.alpnProtocol === 'h2') serveHttp2(socket, onRequest, idleWallMs);
      else http.emit('connection', socket);
    },
  });
  const open = new Set<Socket>();
  const listening: TcpServer[] = [];
  const close = async (): Promise<void> => {
    for (const socket of open) socket.destroy();
    await Promise.all(listening.map((server) => new Promise((resolve) => server.close(resolve))));
  };
  try {
    for (const address of addresses) {
      const plain = (socket: Socket): void => void http.emit('connection', socket);
      listening.push(await listen(address, boundPort(ports, 80), open, plain));
      listening.push(await listen(address, boundPort(ports, 443), open, (socket) => tls.accept(socket)));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { apply: (endpoints) => tls.apply(endpoints), [Symbol.asyncDispose]: close };
}

const log = debuglog('stormproof:edge');

/** Longer than any origin may take (3 attempts of 120 s). */
const viewerIdleMs = 600_000;
const handshakeMs = 10_000;

/** "Quotas": the length of a request with headers and query string, 32,768 bytes. */
const longestRequestBytes = 32_768;

function createHttp1(onRequest: (viewer: Viewer) => void, idleWallMs: number): Server {
  const server = createHttpServer({
    maxHeaderSize: longestRequestBytes,
    // Idle viewers are let go by the timeout below; CloudFront sends no Keep-Alive header.
    keepAliveTimeout: 0,
    shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
  });
  server.timeout = idleWallMs;
  server.on('request', (request, response) => onRequest(http1Viewer(request, response)));
  server.on('upgrade', (request, socket, head) => onRequest(upgradeViewer(request, socket, head)));
  return server;
}

/** An answer to it, should there be no upgrade, is the last one on its connection. */
function upgradeViewer(request: IncomingMessage, socket: Duplex, head: Buffer): Viewer {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(request.socket);
  response.once('finish', () => socket.end());
  socket.on('error', (error) => log('upgrade %s', error));
  return http1Viewer(request, response, { socket, head });
}

function serveHttp2(socket: TLSSocket, onRequest: (viewer: Viewer) => void, idleWallMs: number): void {
  const session: ServerHttp2Session = performServerHandshake(socket, {
    settings: { maxConcurrentStreams: 128, maxHeaderListSize: longestRequestBytes },
  });
  session.on('error', (error) => log('http2 session %s', error));
  session.setTimeout(idleWallMs, () => session.close());
  session.on('stream', (stream, headers, flags) => {
    stream.on('error', (error) => log('http2 stream %s', error));
    onRequest(http2Viewer({ stream, headers, flags, socket }));
  });
}

async function listen(
  address: string,
  port: number,
  open: Set<Socket>,
  onConnection: (socket: Socket) => void,
): Promise<TcpServer> {
  const server = createTcpServer({ noDelay: true }, (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', (error) => log('connection %s', error));
    onConnection(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port }, resolve);
  });
  return server;
}
