import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { boundPort } from '../../../../local/base/loopback.ts';
import type { StackDescriptor } from '../../../../provisioning/stack.ts';
import { askRaw } from './raw-dns.ts';

/** What came back over a socket, by hand: the status line's number, or why there is none. */
export interface RawAnswer {
  readonly status: number | 'no answer' | string;
  readonly ms: number;
}

/** HTTP/1.1 written to a TLS socket of its own, to the apex as the name server gives it. */
export async function rawGet(
  descriptor: StackDescriptor,
  host: string,
  path: string,
  { headers = '', patienceMs = 20_000 } = {},
): Promise<RawAnswer> {
  const [address = ''] = (await askRaw(descriptor.dns, host)).addresses;
  const port = boundPort(descriptor.ports, 443);
  const socket = connectTls({ host: address, port, servername: host, ca: descriptor.trust.web });
  return await exchange(
    socket,
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${headers}Connection: close\r\n\r\n`,
    patienceMs,
  );
}

/** The same without TLS, to an address. */
export async function rawPost(url: string, headers: string, body: string): Promise<RawAnswer> {
  const { hostname, port, pathname, host } = new URL(url);
  const head = `POST ${pathname} HTTP/1.1\r\nHost: ${host}\r\n${headers}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
  return await exchange(connectTcp({ host: hostname, port: Number(port) }), head + body, 10_000);
}

function exchange(
  socket: ReturnType<typeof connectTcp>,
  request: string,
  patienceMs: number,
): Promise<RawAnswer> {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    let text = '';
    const end = (status: RawAnswer['status']) => {
      socket.destroy();
      resolve({ status, ms: performance.now() - startedMs });
    };
    socket.setTimeout(patienceMs, () => end('no answer'));
    socket.on('error', (error) => end('code' in error ? String(error.code) : error.message));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('close', () => end(Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0) || 'closed'));
    socket.write(request);
  });
}
