import { createServer } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

const { host, backlog }: { host: string; backlog: number } = workerData;
const server = createServer();
server.listen({ host, port: 0, backlog, exclusive: true }, () => {
  const address = server.address();
  parentPort?.postMessage(typeof address === 'object' ? address?.port : undefined);
  // Node accepts whatever comes as soon as its event loop turns: this one never turns again.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
