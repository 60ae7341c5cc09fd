import type { IncomingMessage } from 'node:http';
import { brokenOff } from './viewer.ts';

/** What the firewall gets to see of a body. */
export interface BodyPrefix {
  readonly bytes: Buffer;
  /** Whether there is enough, or the viewer was too slow for it, or went away. */
  readonly state: 'arrived' | 'late' | 'left';
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
    const finish = (state: BodyPrefix['state']): void => {
      request.off('readable', read).off('end', ended).off('close', gone).off('error', gone);
      signal.removeEventListener('abort', late);
      resolve({ bytes: Buffer.concat(chunks), state });
    };
    const ended = (): void => finish(brokenOff(request) ? 'left' : 'arrived');
    const gone = (): void => finish(request.readableEnded && !brokenOff(request) ? 'arrived' : 'left');
    const late = (): void => finish('late');
    const read = (): void => {
      for (let chunk = request.read(); chunk !== null; chunk = request.read()) {
        chunks.push(chunk);
        size += chunk.length;
      }
      if (size > limit) finish('arrived');
    };
    request.on('readable', read).on('end', ended).on('close', gone).on('error', gone);
    signal.addEventListener('abort', late);
  });
}
