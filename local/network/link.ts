import { connect, type Socket } from 'node:net';
import type { Clock } from '../base/clock.ts';
import type { Endpoint } from '../base/network.ts';
import type { Random } from '../base/random.ts';
import type { Conditions } from './conditions.ts';
import { createFlow, type Flow } from './flow.ts';

export interface LinkOptions {
  /** Accepted, paused, and half-open capable. */
  readonly client: Socket;
  readonly target: Endpoint;
  readonly conditions: () => Conditions;
  readonly clock: Clock;
  readonly random: Random;
  readonly onClosed: () => void;
}

/** A client's connection and the one to its server, which comes from the client's own address. */
export interface Link {
  /** The conditions changed. */
  changed(): void;
  /** The server's process is gone: the client learns it as soon as the network lets it. */
  breakOff(): void;
  /** Ends both sides at once, with RST. */
  reset(): void;
}

export function openLink(options: LinkOptions): Link {
  const { client, target, conditions, clock, random, onClosed } = options;
  let server: Socket | undefined;
  let gone = false;
  let flows: { readonly toServer: Flow; readonly toClient: Flow } | undefined;

  function reset(): void {
    client.resetAndDestroy();
    server?.resetAndDestroy();
  }

  function dial(): void {
    const { host, port } = target;
    server = connect({ host, port, localAddress: client.remoteAddress, allowHalfOpen: true, noDelay: true });
    server.pause();
    const refused = (): void => void client.resetAndDestroy();
    server.once('error', refused);
    server.once('close', closed);
    server.once('connect', () => {
      server?.off('error', refused);
      join();
    });
  }

  function join(): void {
    if (!server || client.destroyed) return void server?.destroy();
    const common = { onData, clock, random };
    flows = {
      toServer: createFlow({
        source: client,
        sink: server,
        passage: () => conditions().toServer,
        ...common,
      }),
      toClient: createFlow({
        source: server,
        sink: client,
        passage: () => conditions().toClient,
        ...common,
      }),
    };
  }

  function onData(): boolean {
    if (conditions().reset) reset();
    return !client.destroyed;
  }

  function closed(): void {
    if (!client.destroyed || (server && !server.destroyed)) return;
    onClosed();
  }

  client.on('error', () => {
    if (!flows) server?.destroy();
  });
  client.once('close', () => {
    if (!flows) server?.destroy();
    closed();
  });
  if (!conditions().silent) dial();

  return {
    changed: () => {
      if (conditions().reset) return reset();
      if (!flows && !client.destroyed && !conditions().silent) {
        if (gone) return reset();
        if (!server) dial();
      }
      flows?.toServer.changed();
      flows?.toClient.changed();
    },
    breakOff: () => {
      gone = true;
      if (!flows) return conditions().silent ? undefined : reset();
      flows.toClient.breakOff();
      server?.resetAndDestroy();
    },
    reset,
  };
}
