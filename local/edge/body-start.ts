import type { Readable } from 'node:stream';

/**
 * Reads the first bytes of a body: `limit` of them, or all that there are. What comes back second is the body to send
 * on: a buffer when it is whole, else the stream, which begins again at its first byte.
 */
export async function readStart(
  body: Readable,
  limit: number,
): Promise<readonly [start: Buffer, body: Buffer | Readable]> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  while (bytes < limit) {
    const chunk: Buffer | null = body.read();
    if (chunk !== null) {
      chunks.push(chunk);
      bytes += chunk.length;
    } else if (body.readableEnded || (await readableOrEnd(body)) === 'end') {
      const whole = Buffer.concat(chunks);
      return [whole, whole];
    }
  }
  const start = Buffer.concat(chunks);
  body.unshift(start);
  return [start.subarray(0, limit), body];
}

function readableOrEnd(body: Readable): Promise<'readable' | 'end'> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      body.off('readable', onReadable).off('end', onEnd).off('error', onError).off('close', onClose);
    };
    const onReadable = (): void => {
      settle();
      resolve('readable');
    };
    const onEnd = (): void => {
      settle();
      resolve('end');
    };
    const onError = (error: Error): void => {
      settle();
      reject(error);
    };
    const onClose = (): void => onError(new Error('Cannot read the body: the viewer is gone'));
    body.on('readable', onReadable).on('end', onEnd).on('error', onError).on('close', onClose);
  });
}
