import type {
  AssociateWebACLRequest,
  DisassociateWebACLRequest,
  GetWebACLForResourceRequest,
  GetWebACLForResourceResponse,
  ListResourcesForWebACLRequest,
  ListResourcesForWebACLResponse,
  WebACL,
} from '@aws-sdk/client-wafv2';
import { invalidParameter, nonexistent, reasons } from './errors.ts';
import type { Item } from './item.ts';
import type { Wafv2State } from './state.ts';
import { associationsOf } from './state.ts';

/** For all resources but distributions, which name their web ACL in their own configuration. */
export function associationHandlers(state: Wafv2State) {
  return {
    /** Takes the place of the web ACL that the resource had. */
    AssociateWebACL: ({ WebACLArn, ResourceArn }: AssociateWebACLRequest): object => {
      const { arn } = regionalWebAcl(state, WebACLArn);
      state.associations.set(existingResource(state, ResourceArn), arn);
      return {};
    },
    DisassociateWebACL: ({ ResourceArn }: DisassociateWebACLRequest): object => {
      state.associations.delete(existingResource(state, ResourceArn));
      return {};
    },
    GetWebACLForResource: ({ ResourceArn }: GetWebACLForResourceRequest): GetWebACLForResourceResponse => {
      const webAclArn = state.associations.get(existingResource(state, ResourceArn)) ?? '';
      return { WebACL: state.webAcls.get(webAclArn)?.content };
    },
    ListResourcesForWebACL: (input: ListResourcesForWebACLRequest): ListResourcesForWebACLResponse => {
      const { arn } = regionalWebAcl(state, input.WebACLArn);
      if ((input.ResourceType ?? 'APPLICATION_LOAD_BALANCER') !== 'APPLICATION_LOAD_BALANCER')
        return { ResourceArns: [] };
      const own = associationsOf(state).filter(([, webAclArn]) => webAclArn === arn);
      return { ResourceArns: own.map(([resourceArn]) => resourceArn) };
    },
  };
}

function regionalWebAcl({ webAcls }: Wafv2State, arn = ''): Item<WebACL> {
  if (!/^arn:aws:wafv2:[^:]+:\d+:regional\/webacl\//.test(arn))
    throw invalidParameter('RESOURCE_ARN', arn, reasons.notAnArn);
  const found = webAcls.get(arn);
  if (!found) throw nonexistent();
  return found;
}

/** The kinds of resource that a web ACL protects (WAF API reference, AssociateWebACL). */
const protectable = [
  /^arn:aws:elasticloadbalancing:[^:]+:\d+:loadbalancer\/app\/[^/]+\/[^/]+$/,
  /^arn:aws:apigateway:[^:]+::\/restapis\/[^/]+\/stages\/[^/]+$/,
  /^arn:aws:appsync:[^:]+:\d+:apis\/[^/]+$/,
  /^arn:aws:cognito-idp:[^:]+:\d+:userpool\/[^/]+$/,
  /^arn:aws:apprunner:[^:]+:\d+:service\/[^/]+\/[^/]+$/,
  /^arn:aws:ec2:[^:]+:\d+:verified-access-instance\/[^/]+$/,
  /^arn:aws:amplify:[^:]+:\d+:apps\/[^/]+$/,
];

function existingResource({ ports }: Wafv2State, arn = ''): string {
  if (!protectable.some((pattern) => pattern.test(arn)))
    throw invalidParameter('RESOURCE_ARN', arn, reasons.notAnArn);
  if (!ports.resourceExists(arn)) throw nonexistent();
  return arn;
}
