import type { Socket } from 'node:net';

/** Connections of those who are not let in: they are never told so, and leave by themselves. */
export interface Unanswered {
  /** Accepted and paused. */
  add(client: Socket): void;
  destroy(): void;
}

export function createUnanswered(): Unanswered {
  const clients = new Set<Socket>();
  return {
    add: (client) => {
      clients.add(client);
      client.on('error', () => client.destroy());
      client.once('close', () => clients.delete(client));
      // Read on, for nobody: the end of one who gave up would go unseen otherwise.
      client.once('end', () => client.destroy());
      client.resume();
    },
    destroy: () => {
      for (const client of clients) client.destroy();
    },
  };
}
