import type { GetWebACLRequest, GetWebACLResponse } from '@aws-sdk/client-wafv2';
import * as sdk from '@aws-sdk/client-wafv2';
import type { AwsService, ServiceContext } from '../../service.ts';
import { createTagStore } from '../tag-store.ts';
import { findItem } from './item.ts';
import type { Wafv2State } from './state.ts';

export interface Wafv2Snapshot {
  readonly webAcls: readonly sdk.WebACL[];
}

export interface Wafv2Service extends AwsService {
  snapshot(): Wafv2Snapshot;
}

export function createWafv2Service(context: ServiceContext): Wafv2Service {
  const state: Wafv2State = { context, webAcls: new Map(), tags: createTagStore() };
  return {
    sdk,
    client: sdk.WAFV2Client,
    enums: { Scope: sdk.Scope },
    handlers: {
      GetWebACL: (input: GetWebACLRequest): GetWebACLResponse => {
        const { content, lockToken } = findItem(state.webAcls, input);
        return { WebACL: content, LockToken: lockToken };
      },
    },
    snapshot: () => ({ webAcls: [...state.webAcls.values()].map(({ content }) => content) }),
  };
}
