import type { RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';

/** What the server is told on its first line of standard input; milliseconds from the instant when it answers. */
export interface ReferenceOrder {
  /** PEM; without it the server speaks HTTP. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** By path: when requests fail, and how. Ordered, apart from one another. */
  readonly outages?: Readonly<Record<string, readonly ReferenceOutage[]>>;
  /** A request that arrives in the first `forMs` of each period is answered at the end of them. */
  readonly stalls?: { readonly everyMs: number; readonly forMs: number };
}

export interface ReferenceOutage {
  readonly fromMs: number;
  readonly toMs: number;
  readonly kind: 'status' | 'reset';
}

/** The line that it answers with. */
export interface ReferenceReady {
  readonly port: number;
  /** UTC with its fraction: when the order's time began. */
  readonly startedAtMs: number;
}

/**
 * A server in a process of its own that does exactly what it was told, by its own clock, and is at no time in doubt:
 * what a probe says of it can be compared with the truth. It ends with its standard input.
 */
const lines = createInterface({ input: process.stdin });
const order = JSON.parse((await lines[Symbol.asyncIterator]().next()).value ?? '{}') as ReferenceOrder;
const serve: RequestListener = (request, response) => {
  const atMs = performance.now() - startedMs;
  const outage = outageAt(order.outages?.[request.url?.split('?')[0] ?? ''] ?? [], atMs);
  if (outage?.kind === 'reset') request.socket.resetAndDestroy();
  else answer(response, outage ? 503 : 200, stalledFor(atMs));
};
const server = order.tls ? createTlsServer(order.tls, serve) : createServer(serve);
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  const ready: ReferenceReady = { port, startedAtMs: performance.timeOrigin + startedMs };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
});
const startedMs = performance.now();
process.stdin.on('end', () => process.exit(0));
process.stdin.resume();

function answer(response: ServerResponse, status: number, afterMs: number): void {
  response.writeHead(status, { 'content-length': 2 });
  if (afterMs > 0) setTimeout(() => response.end('ok'), afterMs);
  else response.end('ok');
}

function stalledFor(atMs: number): number {
  const { stalls } = order;
  return stalls ? Math.max(0, stalls.forMs - (atMs % stalls.everyMs)) : 0;
}

function outageAt(outages: readonly ReferenceOutage[], atMs: number): ReferenceOutage | undefined {
  let low = 0;
  let high = outages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((outages[middle]?.toMs ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  const next = outages[low];
  return next && next.fromMs <= atMs ? next : undefined;
}
