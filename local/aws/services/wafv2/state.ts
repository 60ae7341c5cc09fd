import type { WebACL } from '@aws-sdk/client-wafv2';
import type { ServiceContext } from '../../service.ts';
import type { TagStore } from '../tag-store.ts';
import type { Item } from './item.ts';

/** Everything by ARN. */
export interface Wafv2State {
  readonly context: ServiceContext;
  readonly webAcls: Map<string, Item<WebACL>>;
  readonly tags: TagStore;
}
