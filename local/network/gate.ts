import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { debuglog } from 'node:util';
import type { Clock } from '../base/clock.ts';
import type { Endpoint } from '../base/network.ts';
import type { Random } from '../base/random.ts';
import type { Conditions } from './conditions.ts';
import { type Link, openLink } from './link.ts';
import { createUnanswered } from './unanswered.ts';

export interface GateOptions {
  readonly listen: Endpoint;
  readonly target: Endpoint;
  /** See `RelayOptions`. */
  readonly admits?: ((source: string) => boolean) | undefined;
  readonly conditions: () => Conditions;
  readonly clock: Clock;
  readonly random: Random;
  /** The last connection is gone. */
  readonly onEmpty?: () => void;
}

/** A listener that stands between clients and one server, and the connections through it. */
export interface Gate {
  /** How many connections go through it. */
  size(): number;
  /** Resolves when it listens. May be called twice; not while it closes. */
  open(): Promise<void>;
  /** Resolves when new connections are refused; those that stand go on. May be called twice. */
  close(): Promise<void>;
  changed(): void;
  /** As the end of the server's process. */
  breakOff(): void;
  /** Closes, and ends everything at once. */
  destroy(): Promise<void>;
}

export function createGate(options: GateOptions): Gate {
  const { listen, target, admits = everybody, conditions, clock, random, onEmpty } = options;
  const links = new Set<Link>();
  const unanswered = createUnanswered();
  let server: Server | undefined;
  let opened: Promise<void> | undefined;

  function start(): Promise<void> {
    server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => {
      if (!admits(client.remoteAddress ?? '')) return unanswered.add(client);
      const link = openLink({
        client,
        target,
        conditions,
        clock,
        random,
        onClosed: () => {
          links.delete(link);
          if (links.size === 0) onEmpty?.();
        },
      });
      links.add(link);
    });
    server.listen({ ...listen, exclusive: true });
    const listening = once(server, 'listening').then(() => undefined);
    server.on('error', (error) => log('%s:%d %s', listen.host, listen.port, error));
    return listening;
  }

  async function close(): Promise<void> {
    const opening = opened;
    opened = undefined;
    // A server that is closed before it listens would listen nevertheless.
    await opening?.then(
      () => server?.close(),
      (error: unknown) => log('%s:%d %s', listen.host, listen.port, error),
    );
  }

  return {
    size: () => links.size,
    open: () => {
      opened ??= start();
      return opened;
    },
    close,
    changed: () => {
      for (const link of [...links]) link.changed();
    },
    breakOff: () => {
      for (const link of [...links]) link.breakOff();
    },
    destroy: () => {
      for (const link of [...links]) link.reset();
      unanswered.destroy();
      return close();
    },
  };
}

const everybody = (): boolean => true;
const log = debuglog('stormproof:network');
