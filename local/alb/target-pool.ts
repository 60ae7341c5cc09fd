import { connect, type Socket } from 'node:net';
import type { Clock } from '../base/clock.ts';
import type { Network } from '../base/network.ts';

export interface TargetPoolOptions {
  readonly clock: Clock;
  readonly network: Pick<Network, 'route'>;
  readonly host: string;
  readonly port: number;
  /** The load balancer's own address. */
  readonly localAddress: string;
  readonly idleTimeoutMs: number;
}

/** The keep-alive connections from one address of a load balancer to one target. */
export interface TargetPool {
  readonly idleTimeoutMs: number;
  /** The connection idle for longest, else a new one. Node's client emits `free` on it when it may be used again. */
  take(): Socket;
  /** How many connections are idle. */
  idle(): number;
  /** Makes so many idle connections. Resolves when each is made, or failed. */
  warm(count: number): Promise<void>;
  /** Ends what is idle and keeps nothing any more; requests on their way go on. Resolves after the last one. */
  retire(): Promise<void>;
  /** Cuts everything, requests on their way too. */
  close(): void;
}

/** ELB User Guide, "Troubleshoot your Application Load Balancers", HTTP 504: ten seconds to connect. */
const connectTimeoutMs = 10_000;

/**
 * A FIN needs a network trip, and until it is seen the pool takes the connection for a good one. Loopback has no
 * such trip, which would be kinder than AWS: an application keep-alive shorter than the idle timeout would never
 * cost a request. In wall milliseconds: about what two zones are apart.
 */
const closeNoticeWallMs = 1;

/** Not Node's Agent, which heeds the target's `Keep-Alive` header and learns of a FIN at once; ALB does neither. */
export function createTargetPool(options: TargetPoolOptions): TargetPool {
  const { clock, idleTimeoutMs } = options;
  const idleWallMs = clock.ioTimeoutWallMs(idleTimeoutMs);
  const open = new Set<Socket>();
  const idle = new Set<Socket>();
  const closing = new AbortController();
  const emptied = Promise.withResolvers<void>();
  let retired = false;

  function add(): Socket {
    const socket = dial(options);
    open.add(socket);
    socket.on('free', () => release(socket));
    socket.once('end', () => {
      clock.after(clock.toStackMs(closeNoticeWallMs), () => void socket.destroy(), closing.signal);
    });
    socket.once('close', () => {
      open.delete(socket);
      idle.delete(socket);
      if (retired && open.size === 0) emptied.resolve();
    });
    return socket;
  }

  function release(socket: Socket): void {
    if (retired || socket.destroyed) {
      socket.destroy();
      return;
    }
    idle.add(socket);
    // What comes unasked belongs to no request and must not answer the next one.
    socket.on('data', destroyThis).on('error', destroyThis).on('timeout', destroyThis);
    socket.setTimeout(idleWallMs).resume();
  }

  function take(): Socket {
    const [socket] = idle;
    if (!socket) return add();
    idle.delete(socket);
    return socket.off('data', destroyThis).off('error', destroyThis).off('timeout', destroyThis);
  }

  function warmOne(): Promise<void> {
    const socket = add().on('error', destroyThis);
    return new Promise((resolve) => {
      socket.once('close', resolve);
      socket.once('connect', () => {
        release(socket.off('error', destroyThis));
        resolve();
      });
    });
  }

  return {
    idleTimeoutMs,
    take,
    idle: () => idle.size,
    warm: async (count) => {
      await Promise.all(Array.from({ length: count }, warmOne));
    },
    retire: () => {
      retired = true;
      if (open.size === 0) emptied.resolve();
      for (const socket of idle) socket.destroy();
      return emptied.promise;
    },
    close: () => {
      closing.abort();
      for (const socket of open) socket.destroy();
    },
  };
}

function destroyThis(this: Socket): void {
  this.destroy();
}

function dial({ clock, network, host, port, localAddress }: TargetPoolOptions): Socket {
  const to = network.route('load-balancer-to-pods', { host, port, localAddress });
  const socket = connect({ ...to, allowHalfOpen: true, noDelay: true });
  const settled = new AbortController();
  socket.once('connect', () => settled.abort()).once('close', () => settled.abort());
  clock.after(
    clock.toStackMs(clock.ioTimeoutWallMs(connectTimeoutMs)),
    () => void socket.destroy(Object.assign(new Error('Connect timeout'), { code: 'ETIMEDOUT' })),
    settled.signal,
  );
  return socket;
}
