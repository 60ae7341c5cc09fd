import type { KubernetesObject } from '@kubernetes/client-node';

/** A served resource, for example `{ group: 'apps', version: 'v1', plural: 'deployments' }`; the core group is ''. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

export type WatchEvent<T> = { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T };

export interface ListOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/**
 * The API server's own door for the controllers that live in its process. It is the path that HTTP requests take
 * after authentication: admission, defaults, validation, conflicts and watches are the same. Objects that it returns
 * are shared and must not be changed; copy before editing.
 */
export interface KubernetesApi {
  get<T extends KubernetesObject>(
    resource: Resource,
    namespace: string | undefined,
    name: string,
  ): T | undefined;
  list<T extends KubernetesObject>(resource: Resource, options?: ListOptions): readonly T[];
  /** Rejects with a `StatusError`: 409 AlreadyExists, 422 Invalid. */
  create<T extends KubernetesObject>(resource: Resource, object: T): Promise<T>;
  /** A stale `metadata.resourceVersion` rejects with 409 Conflict. `status` writes only the status subresource. */
  update<T extends KubernetesObject>(resource: Resource, object: T, subresource?: 'status'): Promise<T>;
  /** JSON merge patch (RFC 7386) on the current version. */
  patch<T extends KubernetesObject>(
    resource: Resource,
    namespace: string | undefined,
    name: string,
    patch: object,
    subresource?: 'status',
  ): Promise<T>;
  /** Pods get a deletionTimestamp and go when their kubelet says so, or at once with `gracePeriodSeconds: 0`. */
  delete(
    resource: Resource,
    namespace: string | undefined,
    name: string,
    options?: { gracePeriodSeconds?: number; propagationPolicy?: 'Background' | 'Foreground' | 'Orphan' },
  ): Promise<void>;
  /** First ADDED for each object there is, then every change in order, until the signal aborts. */
  watch<T extends KubernetesObject>(
    resource: Resource,
    onEvent: (event: WatchEvent<T>) => void,
    signal: AbortSignal,
    options?: ListOptions,
  ): void;
}

/** A Kubernetes `Status` answer with a failure reason, as the API gives it. */
export class StatusError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly details: object | undefined;

  constructor(status: number, reason: string, message: string, details?: object) {
    super(message);
    this.name = 'StatusError';
    this.status = status;
    this.reason = reason;
    this.details = details;
  }
}
