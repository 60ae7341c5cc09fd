import type { HeaderList } from './headers.ts';
import { matchesInvalidation } from './path-pattern.ts';

/** An object of the cache. Times are the stack's elapsed milliseconds. */
export interface StoredObject {
  readonly distributionId: string;
  readonly path: string;
  readonly query: string;
  readonly status: number;
  headers: HeaderList;
  readonly body: Buffer;
  /** When the origin made it, by its Age header. */
  madeAtMs: number;
  freshUntilMs: number;
  readonly staleIfError: boolean;
  /** Expired, but served without asking: the origin failed a moment ago. */
  quietUntilMs: number;
}

export interface ObjectCache {
  get(key: string): StoredObject | undefined;
  set(key: string, object: StoredObject): void;
  delete(key: string): void;
  invalidate(distributionId: string, paths: readonly string[]): void;
  /** Changes with every invalidation: what was asked for before one must not be stored after it. */
  readonly epoch: number;
  readonly bytes: number;
}

/** Bounded in bytes; what was not asked for longest goes first. */
export function createObjectCache(limitBytes: number): ObjectCache {
  const objects = new Map<string, StoredObject>();
  let bytes = 0;
  let epoch = 0;

  function remove(key: string): void {
    const object = objects.get(key);
    if (!object) return;
    objects.delete(key);
    bytes -= weight(key, object);
  }

  return {
    get bytes() {
      return bytes;
    },
    get epoch() {
      return epoch;
    },
    get: (key) => {
      const object = objects.get(key);
      if (!object) return undefined;
      // A Map keeps the order of insertion: the newest is at its end.
      objects.delete(key);
      objects.set(key, object);
      return object;
    },
    set: (key, object) => {
      remove(key);
      objects.set(key, object);
      bytes += weight(key, object);
      for (const oldest of objects.keys()) {
        if (bytes <= limitBytes) break;
        remove(oldest);
      }
    },
    delete: remove,
    invalidate: (distributionId, paths) => {
      epoch += 1;
      for (const [key, object] of objects) {
        if (object.distributionId !== distributionId) continue;
        if (paths.some((path) => matchesInvalidation(path, object.path, object.query))) remove(key);
      }
    },
  };
}

/** An estimate of what the headers and the entry take beside the body. */
const entryBytes = 1024;

function weight(key: string, { body }: StoredObject): number {
  return body.length + key.length + entryBytes;
}
