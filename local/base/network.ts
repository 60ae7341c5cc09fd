import type { Hop } from './plane-fault.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** One connection that a plane is about to make. */
export interface Dial extends Endpoint {
  readonly localAddress?: string;
}

/**
 * The network between the planes, as a plane sees it: the network plane breaks it (`local/network/`). A plane that
 * dials asks `route` for every new connection; what listens for processes that we did not write stands behind a relay.
 */
export interface Network {
  /**
   * Where to connect instead, in the same turn: the same, unless a fault of this hop stands between. The server still
   * sees the dialer's true address. A server that refuses is then a connection that ends with RST.
   */
  route(hop: Hop, dial: Dial): Dial;
  /**
   * `retire` is called when a hop's kept connections must be made anew, because a fault is about to stand between:
   * idle ones are ended, and as many made anew, so that the fault finds them warm; requests under way finish where they
   * are. Resolves when none of the old is left; when `late` is aborted, what is left is ended.
   */
  onReroute(hop: Hop, retire: (late: AbortSignal) => Promise<void>): Disposable;
  /**
   * Stands between for good: listens at `listen`, and dials `target` from the client's own address. It listens only
   * while `up`: a server that is not there refuses connections, its relay must too. Faults of the hop know it by the
   * address of either.
   */
  relay(options: RelayOptions): Relay;
}

export interface RelayOptions {
  readonly hop: Hop;
  readonly listen: Endpoint;
  readonly target: Endpoint;
  /**
   * Asked for the source address of each new connection; absent: everybody is let in. Who is not is never told: the
   * kernel completes the handshake, and nothing follows. Connections that stand live on when the answer changes.
   */
  readonly admits?: ((source: string) => boolean) | undefined;
}

export interface Relay extends AsyncDisposable {
  /** Starts to listen. May be called twice. */
  up(): Promise<void>;
  /** Stops listening and cuts what stands, as the end of the server's process does. May be called twice. */
  down(): Promise<void>;
}

/** Nothing stands between: for planes that are tested alone, and have no relays. */
export const directNetwork: Pick<Network, 'route' | 'onReroute'> = {
  route: (_, dial) => dial,
  onReroute: () => ({ [Symbol.dispose]: () => undefined }),
};
