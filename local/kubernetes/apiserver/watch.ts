import type { ListOptions, WatchEvent } from '../api.ts';
import { collectionOf, fromStored } from './conversions.ts';
import { parseFieldSelector } from './field-selector.ts';
import type { ApiObject } from './json.ts';
import type { Matcher } from './label-selector.ts';
import { parseLabelSelector } from './label-selector.ts';
import type { ServedResource } from './resources.ts';
import type { Store, StoreEvent } from './store.ts';

/** One change as a watcher sees it, with the revision it happened at. */
export interface SeenEvent {
  readonly revision: number;
  readonly event: WatchEvent<ApiObject>;
}

export function selectorOf(resource: ServedResource, options: ListOptions): Matcher<ApiObject> {
  const { namespace, labelSelector, fieldSelector } = options;
  const byLabels = labelSelector ? parseLabelSelector(labelSelector) : undefined;
  const byFields = fieldSelector ? parseFieldSelector(resource, fieldSelector) : undefined;
  return (object) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (byLabels === undefined || byLabels(object.metadata.labels ?? {})) &&
    (byFields === undefined || byFields(object));
}

export function listObjects(
  store: Store,
  resource: ServedResource,
  options: ListOptions = {},
): readonly ApiObject[] {
  const matches = selectorOf(resource, options);
  return store
    .list(collectionOf(resource))
    .map((object) => fromStored(resource, object))
    .filter(matches);
}

/**
 * Every change after `revision` that the selector sees, in order and never inside a write: what was kept first, then
 * what happens until the signal aborts. Undefined revision: from now on.
 */
export function watchObjects(
  store: Store,
  resource: ServedResource,
  options: ListOptions,
  onEvent: (seen: SeenEvent) => void,
  signal: AbortSignal,
): (kept: readonly SeenEvent[]) => void {
  const see = visibility(resource, options);
  const collection = collectionOf(resource);
  const queue: SeenEvent[] = [];
  const drain = deliverer(queue, onEvent, signal);
  const unsubscribe = store.subscribe((event) => {
    const seen = event.collection === collection ? see(event) : undefined;
    if (!seen) return;
    queue.push(seen);
    drain();
  });
  signal.addEventListener('abort', unsubscribe, { once: true });
  if (signal.aborted) unsubscribe();
  return (kept) => {
    queue.unshift(...kept);
    drain();
  };
}

/** Past events as this watcher would have seen them. */
export function visibility(
  resource: ServedResource,
  options: ListOptions,
): (event: StoreEvent) => SeenEvent | undefined {
  const matches = selectorOf(resource, options);
  return ({ type, object, previous, revision }) => {
    const now = fromStored(resource, object);
    const is = type !== 'DELETED' && matches(now);
    const was = previous !== undefined && matches(fromStored(resource, previous));
    if (!is && !was) return undefined;
    const seenAs = is ? (was ? 'MODIFIED' : 'ADDED') : 'DELETED';
    return { revision, event: { type: seenAs, object: now } };
  };
}

function deliverer(queue: SeenEvent[], onEvent: (seen: SeenEvent) => void, signal: AbortSignal): () => void {
  let scheduled = false;
  const run = (): void => {
    scheduled = false;
    for (let next = queue.shift(); next && !signal.aborted; next = queue.shift()) onEvent(next);
  };
  return () => {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(run);
  };
}
