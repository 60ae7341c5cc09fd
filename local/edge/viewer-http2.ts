import {
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { HeaderList } from './headers.ts';
import { hostName, splitTarget, type Viewer } from './viewer.ts';
import { tlsOf } from './viewer-http1.ts';

export interface Http2Request {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly flags: number;
  readonly socket: TLSSocket;
}

export function http2Viewer({ stream, headers, flags, socket }: Http2Request): Viewer {
  const authority = headers[':authority'] ?? headers.host;
  return {
    method: headers[':method'] ?? 'GET',
    ...splitTarget(headers[':path'] ?? '/'),
    host: hostName(authority),
    headers: ordinaryHeaders(headers, authority),
    httpVersion: '2.0',
    scheme: 'https',
    address: socket.remoteAddress ?? '',
    port: socket.remotePort ?? 0,
    edgeAddress: socket.localAddress ?? '',
    tls: tlsOf(socket),
    body: flags & constants.NGHTTP2_FLAG_END_STREAM ? undefined : stream,
    upgrade: undefined,
    get closed() {
      return stream.destroyed || stream.closed;
    },
    header: (name) => {
      const value = name === 'host' ? authority : headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    respond: (status, list) => {
      if (!stream.destroyed && !stream.closed) stream.respond(responseHeaders(status, list));
    },
    write: (chunk) => stream.destroyed || stream.write(chunk),
    end: (chunk) => {
      if (stream.destroyed) return;
      stream.end(chunk);
      if (!stream.readableEnded) stream.resume();
    },
    abort: () => {
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    },
    onDrain: (listener) => {
      stream.on('drain', listener);
    },
    onGone: (listener) => {
      stream.once('close', () => {
        if (!stream.writableFinished) listener();
      });
    },
  };
}

/** RFC 9113 §8.3.1: the authority is what HTTP/1.1 has in Host. */
function ordinaryHeaders(headers: IncomingHttpHeaders, authority: string | undefined): HeaderList {
  const list: (readonly [string, string])[] = authority === undefined ? [] : [['host', authority]];
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(':') || name === 'host' || value === undefined) continue;
    for (const each of Array.isArray(value) ? value : [value]) list.push([name, each]);
  }
  return list;
}

function responseHeaders(status: number, list: HeaderList): OutgoingHttpHeaders {
  const headers: Record<string, string | string[] | number> = { ':status': status };
  for (const [name, value] of list) {
    const key = name.toLowerCase();
    const known = headers[key];
    headers[key] =
      known === undefined ? value : Array.isArray(known) ? [...known, value] : [String(known), value];
  }
  return headers;
}
