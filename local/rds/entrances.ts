import type { Network, Relay } from '../base/network.ts';

/** Where a server is reached: at its own socket, or, where there is a network to break, through relays. */
export interface Entrances {
  /** Where the server itself listens. */
  readonly serverPort: number;
  /** Where a standby connects. */
  readonly replicationPort: number;
  /** Resolves when relays listen. May be called twice. */
  open(): Promise<void>;
  /** Nobody comes in, and who is in is cut off. May be called twice. */
  shut(): Promise<void>;
  /** Shuts them for good. */
  remove(): Promise<void>;
}

/** Where a server stands, and whom its instance's security groups let in: absent, everybody. */
export interface EntrancePlace {
  readonly address: string;
  readonly port: number;
  readonly admits?: ((source: string) => boolean) | undefined;
}

export function createEntrances(
  { address, port, admits }: EntrancePlace,
  network: Pick<Network, 'relay'> | undefined,
): Entrances {
  if (!network) return { serverPort: port, replicationPort: port, open: done, shut: done, remove: done };
  const target = { host: address, port: innerPorts.server };
  const relays = [
    network.relay({ hop: 'pods-to-database', listen: { host: address, port }, target, admits }),
    network.relay({
      hop: 'primary-to-standby',
      listen: { host: address, port: innerPorts.replication },
      target,
    }),
  ];
  const inTurn = createTurns();
  const all = (act: (relay: Relay) => PromiseLike<void>) => () => Promise.all(relays.map(act));
  return {
    serverPort: innerPorts.server,
    replicationPort: innerPorts.replication,
    open: () => inTurn(all((relay) => relay.up())),
    shut: () => inTurn(all((relay) => relay.down())),
    remove: () => inTurn(all((relay) => relay[Symbol.asyncDispose]())),
  };
}

/** RDS gives instances no port below 1150, so these are always free. */
const innerPorts = { server: 1100, replication: 1101 } as const;

const done = (): Promise<void> => Promise.resolve();

/** A server that starts again opens what its end may still be shutting. */
function createTurns(): (act: () => Promise<unknown>) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  return async (act) => {
    const turn = last.then(act);
    last = turn.catch(() => undefined);
    await turn;
  };
}
