import type { Socket } from 'node:net';
import type { Hop } from '../base/plane-fault.ts';

/** What is open to origins, upgraded connections too, by the hop that it takes. */
export interface OriginConnections {
  add(hop: Hop, socket: Socket): void;
  /** Resolves when all that are open now are closed; `late` cuts what is left then. */
  ended(hop: Hop, late: AbortSignal): Promise<void>;
}

export function createOriginConnections(): OriginConnections {
  const open = new Map<Socket, { readonly hop: Hop; readonly closed: Promise<void> }>();
  return {
    add: (hop, socket) => {
      const closed = new Promise<void>((resolve) => {
        socket.once('close', () => {
          open.delete(socket);
          resolve();
        });
      });
      open.set(socket, { hop, closed });
    },
    ended: async (hop, late) => {
      const those = [...open].filter(([, one]) => one.hop === hop);
      const cut = (): void => {
        for (const [socket] of those) socket.destroy();
      };
      late.addEventListener('abort', cut, { once: true });
      if (late.aborted) cut();
      await Promise.all(those.map(([, { closed }]) => closed));
      late.removeEventListener('abort', cut);
    },
  };
}
