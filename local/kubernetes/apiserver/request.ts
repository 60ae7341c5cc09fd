import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Resource } from '../api.ts';
import type { ApiObject } from './json.ts';
import type { ServedResource } from './resources.ts';
import type { Store } from './store.ts';

export interface User {
  readonly user: string;
  readonly groups: readonly string[];
}

/** One call, whether it came over HTTP or from a controller in this process. */
export interface Request {
  readonly resource: ServedResource;
  readonly namespace: string | undefined;
  readonly subresource: string | undefined;
  readonly user: User;
  readonly fieldManager: string;
  readonly dryRun: boolean;
  readonly fieldValidation: 'Ignore' | 'Warn' | 'Strict';
  /** Text for a `Warning` header. */
  warn(text: string): void;
}

/** Runs on every write after defaults and before validation, as a mutating webhook does; may change the object. */
export type AdmissionHook = (
  operation: 'CREATE' | 'UPDATE',
  resource: Resource,
  object: ApiObject,
) => ApiObject | Promise<ApiObject>;

/** What every operation works on. */
export interface ApiState {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly admit: readonly AdmissionHook[];
}
