import type { ServerResponse } from 'node:http';
import type { ListOptions } from '../../api.ts';
import { collectionOf } from '../conversions.ts';
import type { ApiObject } from '../json.ts';
import type { ApiState } from '../request.ts';
import type { ServedResource } from '../resources.ts';
import { apiVersionOf } from '../resources.ts';
import { badRequest, expired, statusBody } from '../status.ts';
import type { SeenEvent } from '../watch.ts';
import { listObjects, visibility, watchObjects } from '../watch.ts';
import { parseVersion, readNumber } from './list.ts';
import { isTrue } from './request-info.ts';

export interface WatchStreamOptions {
  readonly state: ApiState;
  readonly resource: ServedResource;
  readonly options: ListOptions;
  readonly query: URLSearchParams;
  readonly response: ServerResponse;
  /** The object as the client asked to see it: itself, or a Table of one row. */
  readonly present: (object: ApiObject) => object;
  readonly contentType: string;
  readonly signal: AbortSignal;
}

/** The watch cache sends one about every minute (apiserver, bookmarkFrequency). */
const bookmarkEveryMs = 60_000;
/** A watch without a limit ends after 30 to 60 minutes (apiserver, minRequestTimeout). */
const longestMs = 1_800_000;

/** Streams changes as lines of JSON until the client leaves, the time is over or the server closes. */
export function streamWatch(watch: WatchStreamOptions): Promise<void> {
  const { state, response, query, signal: serverSignal } = watch;
  const timeoutMs = (readNumber(query, 'timeoutSeconds') ?? 0) * 1000 || longestMs;
  const start = startOf(watch);
  const end = new AbortController();
  const signal = AbortSignal.any([end.signal, serverSignal]);
  response.writeHead(200, {
    'content-type': watch.contentType,
    'cache-control': 'no-cache, private',
    'transfer-encoding': 'chunked',
  });
  response.flushHeaders();
  const write = (type: string, object: object): void => {
    response.write(`${JSON.stringify({ type, object })}\n`);
  };
  return new Promise((resolve) => {
    const finish = (): void => {
      end.abort();
      response.end();
      resolve();
    };
    response.once('close', finish);
    signal.addEventListener('abort', finish, { once: true });
    if (!start) {
      write('ERROR', tooOld(query, state.store.revision));
      return finish();
    }
    deliver(watch, start, write, signal);
    state.clock.after(timeoutMs, finish, signal);
    if (signal.aborted) finish();
  });
}

function deliver(
  watch: WatchStreamOptions,
  start: Start,
  write: (type: string, object: object) => void,
  signal: AbortSignal,
): void {
  const { state, resource, options, present, query } = watch;
  const onEvent = ({ event }: SeenEvent): void => write(event.type, present(event.object));
  const begin = watchObjects(state.store, resource, options, onEvent, signal);
  begin(start.events);
  const bookmark = (annotations?: object): void =>
    write('BOOKMARK', {
      kind: resource.kind,
      apiVersion: apiVersionOf(resource),
      metadata: { resourceVersion: String(state.store.revision), creationTimestamp: null, annotations },
    });
  if (start.initialEventsEnd) queueMicrotask(() => bookmark({ 'k8s.io/initial-events-end': 'true' }));
  if (isTrue(query.get('allowWatchBookmarks'))) state.clock.every(bookmarkEveryMs, () => bookmark(), signal);
}

interface Start {
  readonly events: readonly SeenEvent[];
  readonly initialEventsEnd: boolean;
}

/** Without a version, a watch begins with all there is; with one, after it. Undefined: too long ago. */
function startOf({ state, resource, options, query }: WatchStreamOptions): Start | undefined {
  const { store } = state;
  const version = query.get('resourceVersion') ?? '';
  const initial = isTrue(query.get('sendInitialEvents'));
  if (initial && query.get('resourceVersionMatch') !== 'NotOlderThan') {
    throw badRequest('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  }
  if (initial || version === '' || version === '0') {
    const events = listObjects(store, resource, options).map((object) => ({
      revision: store.revision,
      event: { type: 'ADDED' as const, object },
    }));
    return { events, initialEventsEnd: initial };
  }
  const kept = store.since(collectionOf(resource), parseVersion(version));
  return kept && { events: kept.flatMap(visibleTo(resource, options)), initialEventsEnd: false };
}

function visibleTo(resource: ServedResource, options: ListOptions) {
  const see = visibility(resource, options);
  return (event: Parameters<typeof see>[0]): SeenEvent[] => {
    const seen = see(event);
    return seen ? [seen] : [];
  };
}

function tooOld(query: URLSearchParams, revision: number): object {
  return statusBody(expired(`too old resource version: ${query.get('resourceVersion')} (${revision})`));
}
