import type { Clock } from '../../../base/clock.ts';
import type { Random } from '../../../base/random.ts';
import type { Resource } from '../../api.ts';
import type { ApiObject } from '../json.ts';
import type { FieldErrors } from '../validation/field-errors.ts';

/** What a kind's rules may look at. */
export interface KindContext {
  readonly clock: Clock;
  readonly random: Random;
  list(resource: Resource, namespace?: string): readonly ApiObject[];
}

/**
 * What Kubernetes codes in Go for one kind: defaults that no OpenAPI document has, what a client may not set, and
 * validation. Objects handed to the first three are drafts, free to change.
 */
export interface Kind<T = ApiObject> {
  /** When `metadata.generation` counts: with the spec, with spec and annotations (Deployment), or never. */
  readonly generation?: 'spec' | 'specAndAnnotations';
  /** The status that a client sends on creation is kept (Node) rather than dropped. */
  readonly keepsStatusOnCreate?: boolean;
  /** An update must carry the resourceVersion that it was made from. */
  readonly requiresResourceVersion?: boolean;
  defaults?(object: T, context: KindContext): void;
  prepareCreate?(object: T, context: KindContext): void;
  prepareUpdate?(object: T, old: T, context: KindContext): void;
  validate?(object: T, errors: FieldErrors, context: KindContext): void;
  validateUpdate?(object: T, old: T, errors: FieldErrors): void;
}
