import type {
  CheckCapacityRequest,
  CheckCapacityResponse,
  CreateWebACLRequest,
  CreateWebACLResponse,
  DeleteWebACLRequest,
  GetWebACLRequest,
  GetWebACLResponse,
  ListWebACLsRequest,
  ListWebACLsResponse,
  UpdateWebACLRequest,
  UpdateWebACLResponse,
  WebACL,
} from '@aws-sdk/client-wafv2';
import { capacityOf } from './capacity.ts';
import type { WebAclSettings } from './check-web-acl.ts';
import { checkDataPlane, checkRules, checkSettings } from './check-web-acl.ts';
import { inUse, invalidParameter, managedByFirewallManager, nonexistent, reasons } from './errors.ts';
import type { Item } from './item.ts';
import { createItem, findItem, listItems, lockedItem, replaceContent, summarize } from './item.ts';
import type { Wafv2State } from './state.ts';
import { associationsOf } from './state.ts';

export function webAclHandlers(state: Wafv2State) {
  const { webAcls } = state;
  return {
    CreateWebACL: (input: CreateWebACLRequest): CreateWebACLResponse => {
      const contentOf = (made: Made) => webAclOf(state, input, made);
      return { Summary: summarize(createItem(state, webAcls, { kind: 'webacl', input, contentOf })) };
    },
    GetWebACL: (input: GetWebACLRequest): GetWebACLResponse => {
      const { content, lockToken } = findWebAcl(state, input);
      return { WebACL: content, LockToken: lockToken };
    },
    UpdateWebACL: (input: UpdateWebACLRequest): UpdateWebACLResponse => {
      const item = lockedItem(webAcls, input);
      return replaceContent(state, item, webAclOf(state, input, { ARN: item.arn, Id: item.id }));
    },
    DeleteWebACL: (input: DeleteWebACLRequest) => deleteWebAcl(state, input),
    ListWebACLs: (input: ListWebACLsRequest): ListWebACLsResponse => {
      const { items, NextMarker } = listItems(webAcls, input);
      return { WebACLs: items.map(summarize), NextMarker };
    },
    CheckCapacity: ({ Scope = 'REGIONAL', Rules = [] }: CheckCapacityRequest): CheckCapacityResponse => {
      checkRules(state, Rules, { scope: Scope, bodies: {} });
      return { Capacity: capacityOf(Rules) };
    },
  };
}

type Made = Pick<WebACL, 'ARN' | 'Id'>;

/** An update replaces all settings, also those that it leaves out (WAF API reference, UpdateWebACL). */
function webAclOf(state: Wafv2State, settings: WebAclSettings, made: Made): WebACL {
  checkSettings(state, settings);
  const { Name, DefaultAction, VisibilityConfig, Description = '', Rules = [] } = settings;
  const { CustomResponseBodies, CaptchaConfig, ChallengeConfig, TokenDomains, AssociationConfig } = settings;
  const webAcl: WebACL = {
    Name,
    ...made,
    DefaultAction,
    Description,
    Rules,
    VisibilityConfig,
    Capacity: capacityOf(Rules),
    ManagedByFirewallManager: isManagedByFirewallManager(Name),
    RetrofittedByFirewallManager: false,
    LabelNamespace: `awswaf:${state.context.accountId}:webacl:${Name}:`,
    CustomResponseBodies,
    CaptchaConfig,
    ChallengeConfig,
    TokenDomains,
    AssociationConfig,
  };
  checkDataPlane(state, webAcl);
  return webAcl;
}

/**
 * Firewall Manager itself is not here: a web ACL that bears the name Firewall Manager gives its own counts as one of
 * its (Firewall Manager guide, "How AWS Firewall Manager manages web ACLs").
 */
function isManagedByFirewallManager(name = ''): boolean {
  return name.startsWith('FMManagedWebACLV2-');
}

function findWebAcl({ webAcls }: Wafv2State, { ARN, ...name }: GetWebACLRequest): Item<WebACL> {
  if (ARN === undefined) return findItem(webAcls, name);
  if (!ARN.startsWith('arn:')) throw invalidParameter('RESOURCE_ARN', ARN, reasons.notAnArn);
  const found = webAcls.get(ARN);
  if (!found) throw nonexistent();
  return found;
}

function deleteWebAcl(state: Wafv2State, input: DeleteWebACLRequest): object {
  const { arn, content } = lockedItem(state.webAcls, input);
  if (content.ManagedByFirewallManager) throw managedByFirewallManager();
  const associated = associationsOf(state).some(([, webAclArn]) => webAclArn === arn);
  if (associated || state.ports.distributionsWithWebAcl(arn).length > 0) throw inUse();
  state.webAcls.delete(arn);
  state.logging.delete(arn);
  state.tags.drop(arn);
  return {};
}
