import type { Readable } from 'node:stream';
import type { Clock } from '../base/clock.ts';
import type { EdgeFirewall, SignOriginAccess } from './config.ts';
import type { Deadlines } from './deadlines.ts';
import type { Behaviour, Distribution } from './distribution.ts';
import type { HeaderList } from './headers.ts';
import type { ObjectCache, StoredObject } from './object-cache.ts';
import type { OriginPools } from './origin-pools.ts';
import type { Viewer } from './viewer.ts';

/** What every request shares. */
export interface EdgeContext {
  readonly clock: Clock;
  readonly cache: ObjectCache;
  /** Objects on their way into the cache, by key: later requests for one wait for it (request collapsing). */
  readonly arriving: Map<string, Promise<StoredObject | undefined>>;
  readonly pools: OriginPools;
  readonly deadlines: Deadlines;
  readonly inspect: EdgeFirewall;
  readonly signOriginAccess: SignOriginAccess | undefined;
  readonly pop: string;
  /** The `X-Amz-Cf-Id` of the next request. */
  nextRequestId(): string;
  /** `<id>.cloudfront.net` of the edge server at an address. */
  edgeName(address: string): string;
}

/** One request on its way through a behaviour. */
export interface Exchange {
  readonly edge: EdgeContext;
  readonly viewer: Viewer;
  readonly requestId: string;
  readonly distribution: Distribution;
  readonly behaviour: Behaviour;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** The viewer's, with what the web ACL inserted. */
  readonly headers: HeaderList;
  /** The viewer's; a short one may have been read whole for the web ACL. */
  readonly body: Buffer | Readable | undefined;
  /** Aborted when the viewer is gone and nobody else waits for the answer. */
  readonly signal: AbortSignal;
}
