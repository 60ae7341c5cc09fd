import type { Socket } from 'node:net';
import { debuglog } from 'node:util';

/** Connections that are made before a request asks for them: a pool of undici's makes none by itself. */
export interface SpareConnections {
  count(): number;
  /** Resolves when so many more are made; one that cannot be made is left out. */
  make(count: number): Promise<void>;
  /** A spare one, else a new one. */
  take(): Promise<Socket>;
  close(): void;
}

export function createSpareConnections(
  connect: () => Promise<Socket>,
  keepAliveWallMs: number,
): SpareConnections {
  const spares = new Set<Socket>();
  let closed = false;

  async function makeOne(): Promise<void> {
    try {
      keep(await connect());
    } catch (error) {
      log('no spare connection: %s', error);
    }
  }

  function keep(socket: Socket): void {
    if (closed) return void socket.destroy();
    spares.add(socket);
    socket.setTimeout(keepAliveWallMs, () => {
      if (spares.has(socket)) socket.destroy();
    });
    socket.once('close', () => spares.delete(socket));
  }

  return {
    count: () => spares.size,
    make: async (count) => {
      await Promise.all(Array.from({ length: count }, makeOne));
    },
    take: async () => {
      const [spare] = spares;
      if (!spare) return connect();
      spares.delete(spare);
      spare.setTimeout(0);
      return spare;
    },
    close: () => {
      closed = true;
      for (const socket of spares) socket.destroy();
    },
  };
}

const log = debuglog('stormproof:edge');
