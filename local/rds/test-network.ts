import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import type { Network, Relay } from '../base/network.ts';
import type { Hop } from '../base/plane-fault.ts';

export interface TestNetwork extends Pick<Network, 'relay'> {
  /** Nothing arrives in either direction and nobody is told, until it is healed. */
  cut(hop: Hop): void;
  heal(hop: Hop): void;
}

/** Just enough of a network to stand between servers, and to be cut. */
export function createTestNetwork(): TestNetwork {
  const wires = new Set<Wire>();
  const cuts = new Set<Hop>();
  const refresh = (): void => {
    for (const wire of wires) wire.carry(!cuts.has(wire.hop));
  };
  return {
    cut: (hop) => {
      cuts.add(hop);
      refresh();
    },
    heal: (hop) => {
      cuts.delete(hop);
      refresh();
    },
    relay: ({ hop, listen, target }) =>
      createRelay(listen, (client) => {
        const server = connect({ ...target, localAddress: client.remoteAddress });
        const wire = createWire(hop, client, server, () => wires.delete(wire));
        wires.add(wire);
        wire.carry(!cuts.has(hop));
        return wire;
      }),
  };
}

interface Wire {
  readonly hop: Hop;
  carry(on: boolean): void;
  end(): void;
}

function createWire(hop: Hop, client: Socket, server: Socket, onEnd: () => void): Wire {
  const end = (): void => {
    client.destroy();
    server.destroy();
    onEnd();
  };
  for (const socket of [client, server]) socket.on('error', end).on('close', end);
  return {
    hop,
    carry: (on) => {
      if (on) return void client.pipe(server).pipe(client);
      for (const socket of [client, server]) socket.unpipe().pause();
    },
    end,
  };
}

function createRelay(
  listen: { readonly host: string; readonly port: number },
  wireOf: (client: Socket) => Wire,
): Relay {
  const wires = new Set<Wire>();
  let server: Server | undefined;
  const down = async (): Promise<void> => {
    const closed = server && once(server.close(), 'close');
    server = undefined;
    for (const wire of wires) wire.end();
    wires.clear();
    await closed;
  };
  return {
    up: async () => {
      if (server) return;
      server = createServer((client) => wires.add(wireOf(client)));
      await once(server.listen(listen), 'listening');
    },
    down,
    [Symbol.asyncDispose]: down,
  };
}
