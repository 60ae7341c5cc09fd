import { readFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { createServer } from 'node:net';

/**
 * The stack's own /16 of 127.0.0.0/8 (design §4, "One dialer"). Hosts are grouped by their third byte,
 * so that an address tells which plane it belongs to.
 */
export interface LoopbackBlock extends AsyncDisposable {
  /** The second byte: the block is 127.<block>.0.0/16. */
  readonly block: number;
  /** True ports where the system lets us bind them, else the port that stands for it. */
  readonly ports: PortTable;
  /** A fixed address, for example `at(0, 53)` is 127.<block>.0.53. */
  at(group: number, host: number): string;
  /** The next address of a group that was not given out yet. */
  next(group: keyof typeof addressGroups): string;
}

/** Privileged port → the port it is bound to on this machine. Ports that are absent are themselves. */
export type PortTable = Readonly<Record<number, number>>;

export const addressGroups = {
  platform: 0,
  edge: 1,
  loadBalancer: 2,
  database: 3,
  storage: 4,
  telemetry: 5,
  /** Where a fault of the network stands between two planes. */
  network: 6,
  /** Where Route 53's health checkers ask from. */
  healthCheckers: 7,
  /** Where CloudFront's requests to origins come from. */
  edgeEgress: 9,
  podZoneA: 10,
  podZoneB: 11,
  podZoneC: 12,
  nodes: 20,
  /** Viewers: probes pick their source address here. */
  viewers: 200,
} as const;

export function boundPort(ports: PortTable, port: number): number {
  return ports[port] ?? port;
}

/** Claims a free block by holding a listener on its first address; another stack then finds it taken. */
export async function claimLoopbackBlock(): Promise<LoopbackBlock> {
  const ports = unprivilegedPorts();
  for (let block = 20; block < 250; block++) {
    const claim = await tryListen(`127.${block}.0.1`, claimPort);
    if (claim) return openBlock(block, claim, ports);
  }
  throw new Error(
    'Cannot claim a loopback block: 127.20.0.0/16 to 127.249.0.0/16 are all taken by other stacks',
  );
}

const claimPort = 4599;

function openBlock(block: number, claim: Server, ports: PortTable): LoopbackBlock {
  const used = new Map<string, number>();
  return {
    block,
    ports,
    at: (group, host) => `127.${block}.${group}.${host}`,
    next: (group) => {
      const host = (used.get(group) ?? 0) + 1;
      if (host > 254) throw new RangeError(`Cannot give out an address: the group "${group}" has no more`);
      used.set(group, host);
      return `127.${block}.${addressGroups[group]}.${host}`;
    },
    [Symbol.asyncDispose]: () => new Promise((resolve) => claim.close(() => resolve())),
  };
}

function tryListen(host: string, port: number): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen({ host, port, exclusive: true }, () => resolve(server));
  });
}

/** ip(7), ip_unprivileged_port_start: ports below it need CAP_NET_BIND_SERVICE. */
function unprivilegedPorts(): PortTable {
  const first = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
  const privileged = process.getuid?.() !== 0;
  const needed = [53, 80, 443].filter((port) => privileged && port < first);
  return Object.fromEntries(needed.map((port) => [port, port + 10_000]));
}
