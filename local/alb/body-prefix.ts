import type { IncomingMessage } from 'node:http';

/** What the firewall gets to see of a body. */
export interface BodyPrefix {
  readonly bytes: Buffer;
  /** False when the viewer went away, or was too slow, before there was enough. */
  readonly arrived: boolean;
}

/**
 * Reads a body until it is over or more than `limit` bytes are here, and leaves the rest unread. Whatever was read
 * has to be sent on before the rest.
 */
export function readBodyPrefix(
  request: IncomingMessage,
  limit: number,
  signal: AbortSignal,
): Promise<BodyPrefix> {
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve) => {
    const finish = (arrived: boolean): void => {
      request.off('readable', read).off('end', ended).off('close', gone).off('error', gone);
      signal.removeEventListener('abort', gone);
      resolve({ bytes: Buffer.concat(chunks), arrived });
    };
    const ended = (): void => finish(true);
    const gone = (): void => finish(request.readableEnded);
    const read = (): void => {
      for (let chunk = request.read(); chunk !== null; chunk = request.read()) {
        chunks.push(chunk);
        size += chunk.length;
      }
      if (size > limit) finish(true);
    };
    request.on('readable', read).on('end', ended).on('close', gone).on('error', gone);
    signal.addEventListener('abort', gone);
  });
}
