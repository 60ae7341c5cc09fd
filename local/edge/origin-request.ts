import type { Readable } from 'node:stream';
import type { Dispatcher, Pool } from 'undici';
import type { BodySink, BodySource } from './answer.ts';
import type { Deadline, Deadlines } from './deadlines.ts';
import { type HeaderList, hopByHop } from './headers.ts';
import { OriginFailure } from './origin-failure.ts';
import { relayed } from './relayed.ts';

export interface OriginRequest {
  readonly pool: Pool;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: HeaderList;
  readonly body: Buffer | Readable | undefined;
  /** Longest silence of the origin, before the answer and within it. */
  readonly readTimeoutWallMs: number;
  /** For the whole answer. */
  readonly completionWallMs: number | undefined;
  readonly deadlines: Deadlines;
  readonly signal: AbortSignal | undefined;
}

export interface OriginResponse {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: BodySource;
}

/** Sends one request once. Rejects with an `OriginFailure`, or with the signal's reason. */
export function requestOrigin(request: OriginRequest): Promise<OriginResponse> {
  const { pool, method, target, headers, body, deadlines, signal } = request;
  return new Promise((resolve, reject) => {
    const exchange = createExchange(resolve, reject);
    exchange.silence = deadlines.watch(request.readTimeoutWallMs, () =>
      exchange.abort(new OriginFailure('read-timeout')),
    );
    // Connecting has a limit of its own.
    exchange.silence.suspend();
    if (request.completionWallMs !== undefined)
      exchange.completion = deadlines.watch(request.completionWallMs, () =>
        exchange.abort(new OriginFailure('read-timeout')),
      );
    signal?.addEventListener('abort', () => exchange.abort(signal.reason), { once: true });
    pool.dispatch(
      {
        // undici would close the connection after every HEAD.
        reset: false,
        path: target,
        method: method as Dispatcher.HttpMethod,
        headers: headers.flat(),
        body:
          body && !Buffer.isBuffer(body) ? relayed(body, () => exchange.silence?.touch()) : (body ?? null),
      },
      exchange.handler,
    );
  });
}

interface Exchange {
  readonly handler: Dispatcher.DispatchHandler;
  silence: Deadline | undefined;
  completion: Deadline | undefined;
  abort(reason: Error): void;
}

function createExchange(
  resolve: (response: OriginResponse) => void,
  reject: (error: Error) => void,
): Exchange {
  let controller: Dispatcher.DispatchController | undefined;
  let sink: BodySink | undefined;
  let failed: Error | undefined;
  let ended = false;
  const finish = (): void => {
    ended = true;
    exchange.silence?.cancel();
    exchange.completion?.cancel();
  };
  const fail = (error: Error): void => {
    if (ended) return;
    finish();
    failed = error;
    if (sink) sink.failed(failed);
    else reject(failed);
  };
  const body: BodySource = {
    start: (target) => {
      sink = target;
      if (failed) target.failed(failed);
      else if (ended) target.end();
      else body.resume();
    },
    resume: () => {
      exchange.silence?.touch();
      controller?.resume();
    },
    abort: () => exchange.abort(new Error('The answer is not wanted')),
  };
  const exchange: Exchange = {
    silence: undefined,
    completion: undefined,
    abort: (reason) => {
      fail(reason);
      controller?.abort(reason);
    },
    handler: {
      onRequestStart: (given) => {
        controller = given;
        exchange.silence?.touch();
        if (ended) given.abort(failed ?? new Error('The request is over'));
      },
      onResponseStart: (given, status, headers) => {
        if (status < 200) return;
        // Nothing flows until somebody has decided where to.
        given.pause();
        exchange.silence?.suspend();
        resolve({ status, headers: listOf(headers), body });
      },
      onResponseData: (given, chunk) => {
        if (sink?.data(chunk) === false) {
          given.pause();
          exchange.silence?.suspend();
        } else exchange.silence?.touch();
      },
      onResponseEnd: () => {
        if (ended) return;
        finish();
        sink?.end();
      },
      onResponseError: (_, error) => fail(asFailure(error)),
    },
  };
  return exchange;
}

function listOf(headers: NodeJS.Dict<string | string[]>): HeaderList {
  const list: (readonly [string, string])[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || hopByHop.has(name)) continue;
    if (typeof value === 'string') list.push([name, value]);
    else for (const each of value) list.push([name, each]);
  }
  return list;
}

function asFailure(error: Error): OriginFailure {
  if (error instanceof OriginFailure) return error;
  const code = 'code' in error ? String(error.code) : '';
  const lost = /^(UND_ERR_SOCKET|ECONN|EPIPE|ENOTCONN)/.test(code);
  return new OriginFailure(lost ? 'connection-lost' : 'invalid-answer', error);
}
