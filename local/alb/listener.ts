import { createServer as createHttp1, type IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttp2, type Http2ServerRequest } from 'node:http2';
import type { Socket } from 'node:net';
import { createServer as createTls, type TLSSocket } from 'node:tls';
import { debuglog } from 'node:util';
import { idleTimeoutMs } from './config.ts';
import { type ExchangeSurroundings, serve } from './exchange.ts';
import { hasBody, rawAnswer } from './own-answer.ts';
import { readHead } from './read-head.ts';
import { createTlsContext } from './tls-context.ts';
import type { Viewer } from './viewer.ts';

const debug = debuglog('stormproof:alb');

/** What speaks TLS and HTTP on a listener's connections; it listens on nothing itself. */
export interface Listener {
  /** Takes an admitted connection. */
  accept(socket: Socket): void;
  /** Certificate, security policy and timeouts for connections from now on; those there are go on. */
  reconfigure(): void;
}

export function createListener(around: ExchangeSurroundings): Listener {
  const { clock, listener, loadBalancer } = around;
  const busy = new WeakSet<Socket>();
  const born = new WeakMap<object, number>();

  const handle = (request: IncomingMessage, response: ServerResponse, upgrade?: Viewer['upgrade']): void => {
    const viewer = openViewer(request, response, upgrade);
    const { socket } = request;
    busy.add(socket);
    response.once('close', () => busy.delete(socket));
    serve(viewer, around).catch((error: unknown) => {
      debug('%s %s: %o', request.method, request.url, error);
      response.destroy();
    });
  };

  function openViewer(
    request: IncomingMessage,
    response: ServerResponse,
    upgrade: Viewer['upgrade'],
  ): Viewer {
    const { socket } = request;
    const { attributes } = loadBalancer();
    const lifeMs = Number(attributes['client_keep_alive.seconds'] ?? 3600) * 1000;
    return {
      head: readHead(request, listener(), attributes),
      hasBody: carriesBody(request),
      localAddress: socket.localAddress ?? '',
      request,
      response,
      upgrade,
      expired: clock.elapsedMs() - (born.get(connectionOf(request)) ?? clock.elapsedMs()) > lifeMs,
    };
  }

  const http1 = createHttp1({
    maxHeaderSize: 64 * 1024,
    requireHostHeader: false,
    keepAliveTimeoutBuffer: 0,
    requestTimeout: 0,
    headersTimeout: 0,
    shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
  });
  http1.on('request', handle);
  http1.on('upgrade', (request, socket, head) => {
    const response = new ServerResponse(request);
    response.assignSocket(request.socket);
    response.once('finish', () => socket.end());
    handle(request, response, { socket, head });
  });
  http1.on('connect', (_, socket) => void socket.end(rawAnswer(400, around.now())));
  http1.on('clientError', (_, socket) => {
    if (socket.writable) socket.end(rawAnswer(400, around.now()));
    else socket.destroy();
  });
  http1.on('timeout', (socket) => {
    if (!busy.has(socket)) socket.destroy();
  });

  const http2 = createHttp2({ settings: { maxConcurrentStreams: 128 } });
  // The compatibility API has the shape of HTTP/1's, less what no one here uses.
  http2.on('request', (request, response) =>
    handle(request as unknown as IncomingMessage, response as unknown as ServerResponse),
  );
  http2.on('session', (session) => {
    born.set(session, clock.elapsedMs());
    session.on('error', () => session.destroy());
    session.setTimeout(clock.ioTimeoutWallMs(idleTimeoutMs(loadBalancer())), () => session.close());
  });

  const speak = (socket: Socket, protocol?: string | false | null): void => {
    born.set(socket, clock.elapsedMs());
    (protocol === 'h2' ? http2 : http1).emit('connection', socket);
  };
  const tls = listener().protocol === 'HTTPS' ? createTlsServer(around, speak) : undefined;

  function reconfigure(): void {
    const idleWallMs = clock.ioTimeoutWallMs(idleTimeoutMs(loadBalancer()));
    http1.timeout = idleWallMs;
    http1.keepAliveTimeout = idleWallMs;
    tls?.reconfigure();
  }

  reconfigure();
  return { accept: (socket) => (tls ? tls.accept(socket) : speak(socket)), reconfigure };
}

function createTlsServer(
  { listener, loadBalancer, clock }: ExchangeSurroundings,
  speak: (socket: TLSSocket, protocol: string | false | null) => void,
): Listener {
  let context = createTlsContext(listener());
  const server = createTls({
    ...context.options,
    handshakeTimeout: clock.ioTimeoutWallMs(10_000),
    SNICallback: (name, done) => done(null, context.find(name)),
    ALPNCallback: ({ protocols }) => {
      const offered = loadBalancer().attributes['routing.http2.enabled'] === 'false' ? [] : ['h2'];
      return [...offered, 'http/1.1'].find((protocol) => protocols.includes(protocol));
    },
  });
  server.on('secureConnection', (socket) => {
    socket.on('error', () => socket.destroy());
    speak(socket, socket.alpnProtocol);
  });
  server.on('tlsClientError', (_, socket) => socket.destroy());
  return {
    accept: (socket) => void server.emit('connection', socket),
    reconfigure: () => {
      context = createTlsContext(listener());
      server.setSecureContext(context.options);
    },
  };
}

type MaybeHttp2 = IncomingMessage & Partial<Pick<Http2ServerRequest, 'stream'>>;

function carriesBody(request: MaybeHttp2): boolean {
  return request.stream ? !request.stream.endAfterHeaders : hasBody(request);
}

/** HTTP/2 gives each request another view of the same socket: its session stands for it. */
function connectionOf(request: MaybeHttp2): object {
  return request.stream?.session ?? request.socket;
}
