import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { Endpoint } from '../base/network.ts';

export interface BlackHole extends AsyncDisposable {
  readonly endpoint: Endpoint;
}

/**
 * An endpoint that never answers a connection attempt. Loopback loses no packets, but Linux drops a SYN when the
 * listener's queue of connections to be accepted is full (listen(2), tcp(7) tcp_abort_on_overflow): a thread listens,
 * accepts nothing, and we fill its queue.
 */
export async function openBlackHole(host: string): Promise<BlackHole> {
  const worker = new Worker(new URL('./black-hole-thread.ts', import.meta.url), {
    workerData: { host, backlog },
    execArgv: [],
  });
  worker.unref();
  const [port] = (await once(worker, 'message')) as [number];
  const fillers = await Promise.all(Array.from({ length: backlog + 1 }, () => fill({ host, port })));
  return {
    endpoint: { host, port },
    [Symbol.asyncDispose]: async () => {
      for (const filler of fillers) filler.destroy();
      await worker.terminate();
    },
  };
}

/** Linux takes one connection more than this. */
const backlog = 1;

async function fill(endpoint: Endpoint): Promise<Socket> {
  const socket = connect(endpoint);
  socket.unref();
  await once(socket, 'connect');
  // Only the thread's end closes it, and then it is of no use.
  socket.on('error', () => socket.destroy());
  return socket;
}
