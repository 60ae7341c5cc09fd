import type { IncomingMessage } from 'node:http';
import type { ListenerConfig } from './config.ts';
import { pairs } from './forward.ts';
import { type RequestHead, splitTarget } from './request-head.ts';

/** What HTTP/2's compatibility API adds. */
type MaybeHttp2 = IncomingMessage & { readonly authority?: string };

export function readHead(
  request: MaybeHttp2,
  { port, protocol }: ListenerConfig,
  attributes: Readonly<Record<string, string>>,
): RequestHead {
  const { socket, authority, httpVersion } = request;
  const sent = pairs(request.rawHeaders).filter(([name]) => !name.startsWith(':'));
  const hasHost = sent.some(([name]) => name.toLowerCase() === 'host');
  const headers = authority && !hasHost ? [['host', authority] as [string, string], ...sent] : sent;
  const drop = attributes['routing.http.drop_invalid_header_fields.enabled'] === 'true';
  return {
    method: request.method ?? 'GET',
    ...splitTarget(request.url ?? '/'),
    host: request.headers.host ?? authority ?? '',
    headers: drop ? headers.filter(([name]) => /^[-A-Za-z0-9]+$/.test(name)) : headers,
    clientIp: socket.remoteAddress ?? '',
    clientPort: socket.remotePort ?? 0,
    scheme: protocol === 'HTTPS' ? 'https' : 'http',
    listenerPort: port,
    httpVersion: httpVersion === '2.0' ? '2.0' : httpVersion === '1.0' ? '1.0' : '1.1',
  };
}
