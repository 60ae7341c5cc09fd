import type { Network, Relay } from '../base/network.ts';
import type { Front } from './iam/front.ts';
import type { TokenLogin } from './iam/token-login.ts';

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
  /** Absent: nobody logs in by token. */
  readonly tokens?: TokenLogin | undefined;
  readonly address: string;
  readonly port: number;
  readonly admits?: ((source: string) => boolean) | undefined;
}

/** `front`: stands before the server for new connections while it is in use. */
export function createEntrances(
  { address, port, admits }: EntrancePlace,
  network: Pick<Network, 'relay'> | undefined,
  front?: { readonly front: Front; readonly inUse: () => boolean },
): Entrances {
  if (!network) return { serverPort: port, replicationPort: port, open: done, shut: done, remove: done };
  const target = { host: address, port: innerPorts.server };
  const relays = [
    network.relay({
      hop: 'pods-to-database',
      listen: { host: address, port },
      target: {
        host: address,
        get port() {
          return front?.inUse() ? innerPorts.front : innerPorts.server;
        },
      },
      admits,
    }),
    network.relay({
      hop: 'primary-to-standby',
      listen: { host: address, port: innerPorts.replication },
      target,
    }),
  ];
  const inTurn = createTurns();
  const all = (act: (relay: Relay) => PromiseLike<void>, actOnFront?: () => Promise<void>) => () =>
    Promise.all([actOnFront?.(), ...relays.map(act)]);
  return {
    serverPort: innerPorts.server,
    replicationPort: innerPorts.replication,
    open: () => inTurn(all((relay) => relay.up(), front?.front.open)),
    shut: () => inTurn(all((relay) => relay.down(), front?.front.close)),
    remove: () => inTurn(all((relay) => relay[Symbol.asyncDispose](), front?.front.close)),
  };
}

/** RDS gives instances no port below 1150, so these are always free. */
export const innerPorts = { server: 1100, replication: 1101, front: 1102 } as const;

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
