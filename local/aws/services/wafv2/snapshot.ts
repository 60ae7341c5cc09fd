import type { IPSet, LoggingConfiguration, RegexPatternSet, WebACL } from '@aws-sdk/client-wafv2';
import type { Item } from './item.ts';
import type { Wafv2State } from './state.ts';
import { associationsOf } from './state.ts';

/** All that the firewall's data plane is made of. */
export interface Wafv2Snapshot extends ReferencedSets {
  readonly webAcls: readonly WebACL[];
  /** Resource ARN → web ACL ARN; distributions name their web ACL themselves. */
  readonly associations: Readonly<Record<string, string>>;
  /** By web ACL ARN. */
  readonly logging: Readonly<Record<string, LoggingConfiguration>>;
}

/** By ARN. */
export interface ReferencedSets {
  readonly ipSets: Readonly<Record<string, IPSet>>;
  readonly regexSets: Readonly<Record<string, RegexPatternSet>>;
}

export function takeSnapshot(state: Wafv2State): Wafv2Snapshot {
  return {
    webAcls: [...state.webAcls.values()].map(({ content }) => content),
    ...referencedSets(state),
    associations: Object.fromEntries(associationsOf(state)),
    logging: Object.fromEntries(state.logging),
  };
}

export function referencedSets({ ipSets, regexSets }: Wafv2State): ReferencedSets {
  return { ipSets: contents(ipSets), regexSets: contents(regexSets) };
}

function contents<T>(items: ReadonlyMap<string, Item<T>>): Record<string, T> {
  return Object.fromEntries([...items].map(([arn, { content }]) => [arn, content]));
}
