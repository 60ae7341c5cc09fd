import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface UpgradeOptions {
  /** The target's 101. */
  readonly response: IncomingMessage;
  readonly target: { readonly socket: Socket; readonly head: Buffer };
  readonly viewer: { readonly socket: Duplex; readonly head: Buffer };
  readonly idleTimeoutWallMs: number;
}

/** Hands the 101 on and then bytes both ways, until one side ends or nothing passes for the idle timeout. */
export function joinUpgrade({ response, target, viewer, idleTimeoutWallMs }: UpgradeOptions): void {
  const lines = [`HTTP/1.1 ${response.statusCode} ${response.statusMessage}`];
  for (let i = 0; i < response.rawHeaders.length; i += 2) {
    lines.push(`${response.rawHeaders[i]}: ${response.rawHeaders[i + 1]}`);
  }
  viewer.socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  if (target.head.length > 0) viewer.socket.write(target.head);
  if (viewer.head.length > 0) target.socket.write(viewer.head);
  const close = (): void => {
    viewer.socket.destroy();
    target.socket.destroy();
  };
  target.socket.setTimeout(idleTimeoutWallMs, close);
  for (const socket of [viewer.socket, target.socket]) socket.on('error', close).on('close', close);
  viewer.socket.pipe(target.socket);
  target.socket.pipe(viewer.socket);
}
