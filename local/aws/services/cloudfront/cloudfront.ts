import * as sdk from '@aws-sdk/client-cloudfront';
import type { AwsService, ServiceContext } from '../../service.ts';
import { createTagStore } from '../tag-store.ts';
import { cachePolicyKind } from './cache-policies.ts';
import { distributionHandlers } from './distribution-handlers.ts';
import { invalidationHandlers } from './invalidations.ts';
import { accessControlKind } from './origin-access-controls.ts';
import { originRequestPolicyKind } from './origin-request-policies.ts';
import { policySet } from './policy-handlers.ts';
import type { CloudFrontPorts } from './ports.ts';
import { responseHeadersPolicyKind } from './response-headers-policies.ts';
import type { CloudFrontSnapshot } from './snapshot.ts';
import { takeSnapshot } from './snapshot.ts';
import type { CloudFrontState } from './state.ts';
import { tagHandlers } from './tag-handlers.ts';
import { webAclHandlers } from './web-acl-handlers.ts';

export type { CloudFrontPorts } from './ports.ts';
export type { CloudFrontSnapshot, DistributionSnapshot } from './snapshot.ts';

export interface CloudFrontService extends AwsService {
  snapshot(): CloudFrontSnapshot;
}

export function createCloudFrontService(context: ServiceContext, ports: CloudFrontPorts): CloudFrontService {
  const none = {
    cache: new Map(),
    originRequest: new Map(),
    responseHeaders: new Map(),
    accessControls: new Map(),
  };
  const state: CloudFrontState = {
    context,
    ports,
    distributions: new Map(),
    invalidations: new Map(),
    tags: createTagStore(),
    policies: none,
  };
  const cache = policySet(state, cachePolicyKind);
  const originRequest = policySet(state, originRequestPolicyKind);
  const responseHeaders = policySet(state, responseHeadersPolicyKind);
  const accessControls = policySet(state, accessControlKind);
  Object.assign(state.policies, {
    cache: cache.policies,
    originRequest: originRequest.policies,
    responseHeaders: responseHeaders.policies,
    accessControls: accessControls.policies,
  });
  return {
    sdk,
    client: sdk.CloudFrontClient,
    enums: {
      ViewerProtocolPolicy: sdk.ViewerProtocolPolicy,
      OriginProtocolPolicy: sdk.OriginProtocolPolicy,
      PriceClass: sdk.PriceClass,
      HttpVersion: sdk.HttpVersion,
      HeaderBehavior: { ...sdk.CachePolicyHeaderBehavior, ...sdk.OriginRequestPolicyHeaderBehavior },
      CookieBehavior: sdk.CachePolicyCookieBehavior,
      QueryStringBehavior: sdk.CachePolicyQueryStringBehavior,
    },
    handlers: {
      ...distributionHandlers(state),
      ...invalidationHandlers(state),
      ...webAclHandlers(state),
      ...tagHandlers(state),
      ...cache.handlers,
      ...originRequest.handlers,
      ...responseHeaders.handlers,
      ...accessControls.handlers,
    },
    snapshot: () => takeSnapshot(state),
  };
}
