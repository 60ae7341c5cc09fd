import type { IPSet, LoggingConfiguration, RegexPatternSet, WebACL } from '@aws-sdk/client-wafv2';
import type { ServiceContext } from '../../service.ts';
import type { TagStore } from '../tag-store.ts';
import type { Item } from './item.ts';
import type { Wafv2Ports } from './wafv2.ts';

/** Everything by ARN. */
export interface Wafv2State {
  readonly context: ServiceContext;
  readonly ports: Wafv2Ports;
  readonly webAcls: Map<string, Item<WebACL>>;
  readonly ipSets: Map<string, Item<IPSet>>;
  readonly regexSets: Map<string, Item<RegexPatternSet>>;
  /** Resource → web ACL. A resource that was deleted is left out when they are read. */
  readonly associations: Map<string, string>;
  /** By web ACL. */
  readonly logging: Map<string, LoggingConfiguration>;
  readonly tags: TagStore;
}

/** Those whose resource is still there: a load balancer takes its association with it. */
export function associationsOf({ associations, ports }: Wafv2State): [string, string][] {
  for (const arn of associations.keys()) if (!ports.resourceExists(arn)) associations.delete(arn);
  return [...associations];
}
