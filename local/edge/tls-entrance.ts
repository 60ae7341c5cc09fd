import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { debuglog } from 'node:util';
import { readGreeting } from './client-hello.ts';
import { lookUpHost } from './host-table.ts';
import type { TlsEndpoint } from './tls-certificates.ts';

export interface TlsEntrance {
  /** Replaces names, certificates and policies; connections that stand go on as they are. */
  apply(endpoints: readonly TlsEndpoint[]): void;
  /** Takes a connection of the secure port. One that names no known host is dropped ("sni-only"). */
  accept(socket: Socket): void;
}

export interface TlsEntranceOptions {
  /** For the handshake and what comes before it. */
  readonly handshakeWallMs: number;
  readonly onSecure: (socket: TLSSocket) => void;
}

/**
 * One TLS server a set of names that share certificate and policy. None of them listens: a connection is given to the
 * one that its ClientHello names, because OpenSSL fixes protocols and ciphers before it asks for a name's certificate.
 */
export function createTlsEntrance(options: TlsEntranceOptions): TlsEntrance {
  let servers = new Map<string, Server>();
  let byName = new Map<string, Server>();
  return {
    apply: (endpoints) => {
      const keep = new Map<string, Server>();
      const names = new Map<string, Server>();
      for (const endpoint of endpoints) {
        const identity = JSON.stringify([endpoint.certificate, endpoint.policy, endpoint.protocols]);
        const server = keep.get(identity) ?? servers.get(identity) ?? createEndpointServer(endpoint, options);
        keep.set(identity, server);
        for (const name of endpoint.names) names.set(name, server);
      }
      servers = keep;
      byName = names;
    },
    accept: (socket) => {
      greet(socket, options.handshakeWallMs, (serverName) => lookUpHost(byName, serverName));
    },
  };
}

const log = debuglog('stormproof:edge');

function createEndpointServer(
  endpoint: TlsEndpoint,
  { handshakeWallMs, onSecure }: TlsEntranceOptions,
): Server {
  const { certificate, policy, protocols } = endpoint;
  const server = createServer({
    cert: `${certificate.certificatePem.trimEnd()}\n${certificate.chainPem}`,
    key: certificate.privateKeyPem,
    ...policy,
    ALPNProtocols: [...protocols],
    handshakeTimeout: handshakeWallMs,
  });
  server.on('secureConnection', onSecure);
  server.on('tlsClientError', (error, socket) => {
    log('handshake %s', error);
    socket.destroy();
  });
  return server;
}

/** Reads until the server name is known, then hands the connection over with all its bytes. */
function greet(socket: Socket, waitWallMs: number, find: (serverName: string) => Server | undefined): void {
  let received: Buffer = Buffer.alloc(0);
  const giveUp = (): void => {
    socket.destroy();
  };
  socket.setTimeout(waitWallMs, giveUp);
  const read = (chunk: Buffer): void => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const greeting = readGreeting(received);
    if (greeting === 'incomplete') return;
    const server = typeof greeting === 'string' ? undefined : find(greeting.serverName);
    if (!server) {
      giveUp();
      return;
    }
    socket.off('data', read);
    socket.off('timeout', giveUp);
    socket.setTimeout(0);
    socket.pause();
    socket.unshift(received);
    server.emit('connection', socket);
  };
  socket.on('data', read);
}
