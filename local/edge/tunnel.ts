import type { Duplex } from 'node:stream';
import { debuglog } from 'node:util';
import { deliver } from './deliver.ts';
import type { Exchange } from './exchange.ts';
import type { HeaderList } from './headers.ts';
import { originHost } from './origin-headers.ts';
import { ownError } from './own-answer.ts';
import { originScheme, originTarget, requestHeaders } from './reach-origin.ts';
import type { Viewer } from './viewer.ts';

/**
 * A WebSocket: the connection is the origin's from the 101 on. An origin that does not change the protocol, or that
 * cannot be reached, gives the viewer a 502; it is asked once.
 */
export function tunnel(exchange: Exchange): Promise<void> {
  const { edge, viewer, behaviour, requestId, signal } = exchange;
  const [origin] = behaviour.origins;
  const endpoint = {
    origin,
    scheme: originScheme(origin, viewer.scheme),
    serverName: originHost(behaviour, origin, viewer),
  } as const;
  return new Promise((resolve) => {
    const refuse = (error: unknown): void => {
      log('upgrade %s', error);
      deliver(
        { edge, viewer, requestId, behaviour },
        ownError(502, 'The origin did not open a WebSocket.', requestId),
      );
      resolve();
    };
    edge.pools.get(endpoint).dispatch(
      {
        path: originTarget(exchange, origin),
        method: 'GET',
        headers: requestHeaders(exchange, origin, { unconditional: false }).flat(),
        upgrade: viewer.header('upgrade') ?? 'websocket',
      },
      {
        onRequestStart: (controller) => {
          signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true });
        },
        onResponseStart: (controller, status) => {
          if (status >= 200) controller.abort(new Error(`The origin answered ${status}`));
        },
        onRequestUpgrade: (_, status, headers, socket) => {
          join(viewer, status, headers, socket);
          resolve();
        },
        onResponseError: (_, error) => refuse(error),
      },
    );
  });
}

const log = debuglog('stormproof:edge');

function join(viewer: Viewer, status: number, headers: NodeJS.Dict<string | string[]>, origin: Duplex): void {
  const { upgrade } = viewer;
  if (!upgrade) return void origin.destroy();
  const { socket, head } = upgrade;
  socket.write(`HTTP/1.1 ${status} Switching Protocols\r\n${lines(headers)}\r\n`);
  if (head.length > 0) origin.write(head);
  origin.pipe(socket);
  socket.pipe(origin);
  for (const [one, other] of [
    [origin, socket],
    [socket, origin],
  ] as const) {
    one.on('error', (error) => log('tunnel %s', error));
    one.once('close', () => other.destroy());
  }
}

function lines(headers: NodeJS.Dict<string | string[]>): string {
  const list: HeaderList = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((each) => [name, each] as const),
  );
  return list.map(([name, value]) => `${name}: ${value}\r\n`).join('');
}
