import { Readable } from 'node:stream';

/**
 * The viewer's body as a stream of its own: who destroys it, as undici does when the origin answers early or breaks
 * off, does not destroy the viewer's connection. What is left of the body then goes by. `onChunk` is called for each
 * chunk and for the end: while the viewer is sending, the silence is not the origin's.
 */
export function relayed(body: Readable, onChunk: () => void): Readable {
  const relay = new Readable({
    read: () => {
      body.resume();
    },
    destroy: (error, callback) => {
      body.off('data', pass);
      body.resume();
      callback(error);
    },
  });
  const pass = (chunk: Buffer): void => {
    onChunk();
    if (!relay.push(chunk)) body.pause();
  };
  body.on('data', pass);
  body.once('end', () => {
    onChunk();
    relay.push(null);
  });
  body.on('error', (error) => relay.destroy(error));
  body.once('close', () => {
    if (!body.readableEnded) relay.destroy(new Error('Cannot send the body on: the viewer is gone'));
  });
  return relay;
}
