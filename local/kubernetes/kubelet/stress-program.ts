/**
 * Runs beside a container and uses up what it is told: `cpu <cpus>` or `memory <bytes>`. Says so in one line once it
 * does. It imports node: only, for it runs in another process.
 */
import { writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

/** Short against what anybody measures by, long against a thread's wake-up. */
const cycleMs = 50;
const chunkBytes = 16 * 2 ** 20;
const held: Buffer[] = [];

if (isMainThread) begin();
else burn(Number(workerData));

function begin(): void {
  const end = () => process.exit();
  // The lifeline: its end is the owner's.
  new Socket({ fd: 3, readable: true }).on('error', end).on('close', end).resume();
  const [what, amount] = process.argv.slice(2);
  if (what === 'memory') hold(Number(amount));
  else startBurning(Number(amount));
}

function startBurning(cpus: number): void {
  let starting = Math.ceil(cpus);
  for (let left = cpus; left > 0; left -= 1) {
    const worker = new Worker(new URL(import.meta.url), { workerData: Math.min(1, left) });
    worker.once('online', () => {
      starting -= 1;
      if (starting === 0) console.log('burning');
    });
  }
}

/** Busy for this share of each cycle. */
function burn(share: number): void {
  const idle = new Int32Array(new SharedArrayBuffer(4));
  while (true) {
    const began = performance.now();
    while (performance.now() - began < cycleMs * share);
    if (share < 1) Atomics.wait(idle, 0, 0, cycleMs * (1 - share));
  }
}

/** Touches page after page until the whole process is that large. */
function hold(bytes: number): void {
  // When the machine itself runs out of memory, this is the process to kill (proc(5)).
  writeFileSync('/proc/self/oom_score_adj', '1000');
  const step = (): void => {
    const missing = bytes - process.memoryUsage.rss();
    if (missing <= 0) {
      console.log('holding');
      return;
    }
    held.push(Buffer.alloc(Math.min(chunkBytes, Math.max(4096, missing)), 1));
    setImmediate(step);
  };
  step();
}
