import type { Socket } from 'node:net';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { Passage } from './conditions.ts';
import { createTimetable } from './timetable.ts';

export interface FlowOptions {
  readonly source: Socket;
  readonly sink: Socket;
  readonly passage: () => Passage;
  /** Called before anything of a chunk passes; `false` keeps it from passing. */
  readonly onData: () => boolean;
  readonly clock: Clock;
  readonly random: Random;
}

/** One direction of a connection. The source must be paused when it is made. */
export interface Flow {
  /** The passage changed. */
  changed(): void;
  /** The source's process is gone: the sink is closed when that news has passed. */
  breakOff(): void;
}

type Item =
  | { readonly kind: 'bytes'; readonly bytes: Buffer; dueMs: number }
  | { readonly kind: 'end' | 'reset' | 'gone'; dueMs: number };

/** What may be under way: about the largest window that Linux gives a TCP connection on a long line (tcp(7), tcp_rmem). */
const windowBytes = 1024 * 1024;
/** A narrow line takes no more than it carries in this time; the rest waits in the sender's own buffers. */
const windowWallMs = 1000;
/** Under a rate limit a chunk arrives in parts of so much time, not at once at its end. */
const partWallMs = 20;

export function createFlow({ source, sink, passage, onData, clock, random }: FlowOptions): Flow {
  const queue: Item[] = [];
  const timetable = createTimetable(passage, random);
  let queuedBytes = 0;
  let draining = false;
  let over = false;
  let wake = new AbortController();

  function arrived(bytes: Buffer): void {
    if (over || !onData()) return;
    const { held, delays, bytesPerWallSecond } = passage();
    if (queue.length === 0 && !draining && !held && delays.length === 0 && bytesPerWallSecond === Infinity) {
      write(bytes);
      pace();
      return;
    }
    const nowMs = performance.now();
    for (const part of partsOf(bytes, bytesPerWallSecond)) {
      queue.push({ kind: 'bytes', bytes: part, dueMs: timetable.next(part.length, nowMs) });
    }
    queuedBytes += bytes.length;
    deliver();
  }

  function finish(kind: 'end' | 'reset' | 'gone'): void {
    if (over) return;
    queue.push({ kind, dueMs: timetable.next(0, performance.now()) });
    deliver();
  }

  function deliver(): void {
    wake.abort();
    for (let item = queue[0]; item && !over && !draining && !passage().held; item = queue[0]) {
      const waitMs = item.dueMs - performance.now();
      if (waitMs > 0) {
        wakeIn(waitMs);
        break;
      }
      queue.shift();
      pass(item);
    }
    pace();
  }

  function pass(item: Item): void {
    if (item.kind === 'bytes') {
      queuedBytes -= item.bytes.length;
      write(item.bytes);
    } else if (item.kind === 'end') sink.end();
    else if (item.kind === 'reset') sink.resetAndDestroy();
    else sink.destroy();
  }

  function write(bytes: Buffer): void {
    if (sink.writable) draining = !sink.write(bytes);
  }

  function wakeIn(waitMs: number): void {
    wake = new AbortController();
    clock.after(clock.toStackMs(waitMs), deliver, wake.signal);
  }

  /** Stops reading, so that the sender feels it, or goes on. */
  function pace(): void {
    const full = queuedBytes >= windowBytes || timetable.backlogMs(performance.now()) > windowWallMs;
    if (!over && (draining || full || passage().held)) source.pause();
    else source.resume();
  }

  source.on('data', arrived);
  source.once('end', () => finish('end'));
  source.once('error', () => finish('reset'));
  sink.on('drain', () => {
    draining = false;
    deliver();
  });
  sink.once('close', () => {
    over = true;
    queue.length = 0;
    wake.abort();
    // Read on, for nobody: what the source does next must not go unseen.
    source.resume();
  });
  pace();

  return {
    changed: () => {
      const nowMs = performance.now();
      timetable.clear();
      for (const item of queue) item.dueMs = timetable.again(sizeOf(item), item.dueMs, nowMs);
      deliver();
    },
    breakOff: () => finish('gone'),
  };
}

function sizeOf(item: Item): number {
  return item.kind === 'bytes' ? item.bytes.length : 0;
}

function partsOf(bytes: Buffer, bytesPerWallSecond: number): Buffer[] {
  const size = Math.ceil((bytesPerWallSecond * partWallMs) / 1000);
  if (size >= bytes.length) return [bytes];
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}
