import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { HeaderList } from './headers.ts';
import { hostName, splitTarget, type Viewer } from './viewer.ts';

/** `serverName` is the name of the TLS handshake, undefined on the plain port. */
export function http1Viewer(
  request: IncomingMessage,
  response: ServerResponse,
  upgrade?: Viewer['upgrade'],
): Viewer {
  const { socket, headers } = request;
  const secure = socket instanceof TLSSocket ? socket : undefined;
  const target = request.url ?? '/';
  return {
    method: request.method ?? 'GET',
    ...splitTarget(target.startsWith('/') ? target : originForm(target)),
    host: hostName(headers.host),
    headers: pairs(request.rawHeaders),
    httpVersion: request.httpVersion === '1.0' ? '1.0' : '1.1',
    scheme: secure ? 'https' : 'http',
    address: socket.remoteAddress ?? '',
    port: socket.remotePort ?? 0,
    edgeAddress: socket.localAddress ?? '',
    tls: secure && tlsOf(secure),
    body: hasBody(request) ? request : undefined,
    upgrade,
    get closed() {
      return response.destroyed || socket.destroyed;
    },
    header: (name) => {
      const value = headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    respond: (status, list) => {
      response.writeHead(status, list.flat());
    },
    write: (chunk) => response.write(chunk),
    end: (chunk) => {
      response.end(chunk);
      // What nobody read of the body stands before the next request on the connection.
      if (!request.readableEnded) request.resume();
    },
    abort: () => {
      socket.destroy();
    },
    onDrain: (listener) => {
      response.on('drain', listener);
    },
    onGone: (listener) => {
      response.once('close', () => {
        if (!response.writableFinished) listener();
      });
    },
  };
}

/** RFC 9112 §6.3: a request without either header has no body. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** RFC 9112 §3.2.2: a server takes the absolute form too. */
function originForm(target: string): string {
  const [, path] = /^https?:\/\/[^/?]*(.*)$/i.exec(target) ?? [];
  return path === undefined || path === '' ? '/' : path.startsWith('/') ? path : `/${path}`;
}

export function tlsOf(socket: TLSSocket): Viewer['tls'] {
  const name = 'servername' in socket && typeof socket.servername === 'string' ? socket.servername : '';
  return {
    serverName: name.toLowerCase(),
    protocol: socket.getProtocol() ?? '',
    cipher: socket.getCipher().standardName,
  };
}

function pairs(raw: readonly string[]): HeaderList {
  const list: (readonly [string, string])[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) list.push([raw[at] ?? '', raw[at + 1] ?? '']);
  return list;
}
