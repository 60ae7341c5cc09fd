import type { HeaderList } from './headers.ts';

/** What goes to the viewer, before the edge adds its own headers. */
export interface Answer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Buffer | BodySource;
  readonly result: 'Hit' | 'Miss' | 'RefreshHit' | 'Error' | 'Redirect';
  /** Stack seconds since the origin made it; only of what comes from the cache. */
  readonly ageSec?: number;
}

/** A body on its way. Nothing flows before `start`; exactly one of `end` and `failed` follows it. */
export interface BodySource {
  start(sink: BodySink): void;
  /** After a sink that was full can take more. */
  resume(): void;
  /** Nobody wants the rest. */
  abort(): void;
}

export interface BodySink {
  /** False: full, until `resume` is called. */
  data(chunk: Buffer): boolean;
  end(): void;
  failed(error: Error): void;
}

/** Lets a body go by. A short one is read to its end, so that its connection stays good for the next request. */
export function discardBody(body: Buffer | BodySource): void {
  if (Buffer.isBuffer(body)) return;
  let left = drainedBytes;
  body.start({
    data: (chunk) => {
      left -= chunk.length;
      if (left < 0) body.abort();
      return true;
    },
    end: () => undefined,
    failed: () => undefined,
  });
}

const drainedBytes = 65_536;
