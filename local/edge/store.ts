import type { Answer, BodySink, BodySource } from './answer.ts';
import type { Exchange } from './exchange.ts';
import { headersNotKept } from './freshness.ts';
import { firstHeader, type HeaderList, withoutHeaders } from './headers.ts';
import type { StoredObject } from './object-cache.ts';

/** Larger objects go through and are not kept. CloudFront keeps up to 50 GB; this machine has not that much. */
export const largestObjectBytes = 8 * 1024 * 1024;

export function storable(exchange: Exchange, answer: { readonly headers: HeaderList }): boolean {
  const length = firstHeader(answer.headers, 'content-length');
  return exchange.method === 'GET' && Number(length ?? 0) <= largestObjectBytes;
}

export interface KeepOptions {
  readonly exchange: Exchange;
  readonly key: string;
  /** Of the cache, when the origin was asked. */
  readonly epoch: number;
  readonly answer: Answer;
  readonly ttlSec: number;
  readonly staleIfError: boolean;
  /** Tells who waits for the object: undefined when it was not kept after all. */
  settle(object: StoredObject | undefined): void;
}

/** The same answer, whose body is kept while it goes by. */
export function keepObject(options: KeepOptions): Answer {
  const { answer, settle } = options;
  if (Buffer.isBuffer(answer.body)) {
    settle(store(options, answer.body));
    return answer;
  }
  const done = (body: Buffer | undefined): void => settle(body && store(options, body));
  return { ...answer, body: recorded(answer.body, done) };
}

function store(
  { exchange, key, epoch, answer, ttlSec, staleIfError }: KeepOptions,
  body: Buffer,
): StoredObject {
  const { clock, cache } = exchange.edge;
  const nowMs = clock.elapsedMs();
  const ageMs = (Number(firstHeader(answer.headers, 'age')) || 0) * 1000;
  const object: StoredObject = {
    distributionId: exchange.distribution.id,
    path: exchange.path,
    query: exchange.query,
    status: answer.status,
    headers: withoutHeaders(answer.headers, new Set([...headersNotKept(answer.headers), 'age'])),
    body,
    madeAtMs: nowMs - ageMs,
    freshUntilMs: nowMs + ttlSec * 1000,
    staleIfError,
    quietUntilMs: 0,
  };
  if (cache.epoch === epoch) cache.set(key, object);
  return object;
}

/**
 * Passes a body on and hands all of it to `done` at the end; undefined when it broke off or was too large. When the
 * viewer leaves, the rest is still read for the cache.
 */
function recorded(source: BodySource, done: (body: Buffer | undefined) => void): BodySource {
  let chunks: Buffer[] | undefined = [];
  let bytes = 0;
  let sink: BodySink | undefined;
  const give = (body: Buffer | undefined): void => {
    if (!chunks) return;
    chunks = undefined;
    done(body);
  };
  const recorder: BodySink = {
    data: (chunk) => {
      bytes += chunk.length;
      chunks?.push(chunk);
      if (bytes > largestObjectBytes) give(undefined);
      if (!chunks && !sink) source.abort();
      // A slow viewer must not hold up those who wait for the object.
      return (sink?.data(chunk) ?? true) || chunks !== undefined;
    },
    end: () => {
      if (chunks) give(Buffer.concat(chunks));
      sink?.end();
    },
    failed: (error) => {
      give(undefined);
      sink?.failed(error);
    },
  };
  return {
    start: (target) => {
      sink = target;
      source.start(recorder);
    },
    resume: () => source.resume(),
    abort: () => {
      sink = undefined;
      if (chunks) source.resume();
      else source.abort();
    },
  };
}
