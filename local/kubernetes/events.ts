import { debuglog } from 'node:util';
import type { CoreV1Event, KubernetesObject, V1ObjectReference } from '@kubernetes/client-node';
import type { Clock } from '../base/clock.ts';
import type { KubernetesApi } from './api.ts';
import { resources } from './resources.ts';
import { stamp } from './timestamps.ts';

export interface EventRecorder {
  /** Fire and forget, as client-go's recorder: an event that cannot be written never stops its writer. */
  normal(object: KubernetesObject, reason: string, message: string, fieldPath?: string): void;
  warning(object: KubernetesObject, reason: string, message: string, fieldPath?: string): void;
}

export interface EventRecorderOptions {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly component: string;
  readonly host?: string;
}

const debug = debuglog('stormproof:kubernetes');

/** Equal events are counted on one object, as client-go's correlator does. */
export function createEventRecorder({ api, clock, component, host }: EventRecorderOptions): EventRecorder {
  const seen = new Map<string, { name: string; namespace: string; count: number }>();
  let queue = Promise.resolve();
  let sequence = 0;

  const write = async (
    type: string,
    object: KubernetesObject,
    reason: string,
    message: string,
    path?: string,
  ) => {
    const involvedObject = referenceTo(object, path);
    const key = JSON.stringify([type, reason, message, involvedObject.uid, path]);
    const now = stamp(clock.now());
    const known = seen.get(key);
    if (known && api.get(resources.events, known.namespace, known.name)) {
      known.count++;
      await api.patch(resources.events, known.namespace, known.name, {
        count: known.count,
        lastTimestamp: now,
      });
      return;
    }
    const namespace = object.metadata?.namespace ?? 'default';
    const name = `${object.metadata?.name}.${(clock.now().getTime() * 1_000_000).toString(16)}${(sequence++).toString(16)}`;
    remember(seen, key, { name, namespace, count: 1 });
    await api.create<CoreV1Event>(resources.events, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject,
      type,
      reason,
      message,
      count: 1,
      firstTimestamp: now,
      lastTimestamp: now,
      source: { component, ...(host && { host }) },
      reportingComponent: component,
      reportingInstance: host ?? '',
    });
  };
  const record =
    (type: string) => (object: KubernetesObject, reason: string, message: string, path?: string) => {
      queue = queue
        .then(() => write(type, object, reason, message, path))
        .catch((error: unknown) => debug('event %s not written: %s', reason, error));
    };
  return { normal: record('Normal'), warning: record('Warning') };
}

/** Bounded: a long run forgets the oldest counts. */
function remember<V>(seen: Map<string, V>, key: string, value: V): void {
  const oldest = seen.keys().next();
  if (seen.size >= 4096 && !oldest.done) seen.delete(oldest.value);
  seen.set(key, value);
}

function referenceTo(
  { apiVersion, kind, metadata }: KubernetesObject,
  fieldPath?: string,
): V1ObjectReference {
  return {
    apiVersion,
    kind,
    namespace: metadata?.namespace,
    name: metadata?.name,
    uid: metadata?.uid,
    resourceVersion: metadata?.resourceVersion,
    ...(fieldPath && { fieldPath }),
  };
}
