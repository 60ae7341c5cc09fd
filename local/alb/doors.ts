import { createServer, type Server, type Socket } from 'node:net';

/** The listening sockets of one listener, one an address. */
export interface Doors {
  /** Opens and closes until exactly these addresses are listened on. */
  open(addresses: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export interface DoorsOptions {
  readonly port: number;
  /** Whether the security groups let this address in. */
  readonly admits: (address: string) => boolean;
  readonly accept: (socket: Socket) => void;
}

export function createDoors({ port, admits, accept }: DoorsOptions): Doors {
  const doors = new Map<string, { server: Server; listening: Promise<void> }>();
  const sockets = new Set<Socket>();

  const welcome = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (admits(socket.remoteAddress ?? '')) accept(socket);
    else ignore(socket);
  };

  async function open(addresses: readonly string[]): Promise<void> {
    for (const address of doors.keys()) {
      if (!addresses.includes(address)) await shut(address);
    }
    for (const address of addresses) if (!doors.has(address)) doors.set(address, listen(address));
    await Promise.all([...doors.values()].map(({ listening }) => listening));
  }

  function listen(host: string): { server: Server; listening: Promise<void> } {
    const server = createServer({ noDelay: true }, welcome);
    const listening = new Promise<void>((resolve, reject) => {
      server.once('error', (error) => {
        doors.delete(host);
        reject(error);
      });
      server.listen({ host, port, backlog: 1024 }, resolve);
    });
    return { server, listening };
  }

  async function shut(address: string): Promise<void> {
    const door = doors.get(address);
    doors.delete(address);
    for (const socket of sockets) if (socket.localAddress === address) socket.destroy();
    if (door) await new Promise<void>((resolve) => door.server.close(() => resolve()));
  }

  return {
    open,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all([...doors.keys()].map(shut));
    },
  };
}

/** A security group drops: nothing comes back, not even a reset. The viewer is left to give up by itself. */
function ignore(socket: Socket): void {
  socket.once('end', () => socket.destroy());
  socket.resume();
}
