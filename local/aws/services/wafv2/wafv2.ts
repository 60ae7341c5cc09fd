import * as sdk from '@aws-sdk/client-wafv2';
import type { AwsService, Handler, ServiceContext } from '../../service.ts';
import { announcing } from '../announcing.ts';
import { createTagStore } from '../tag-store.ts';
import { associationHandlers } from './association-handlers.ts';
import { invalidParameter, reasons } from './errors.ts';
import { ipSetHandlers } from './ip-set-handlers.ts';
import { loggingHandlers } from './logging-handlers.ts';
import { regexSetHandlers } from './regex-set-handlers.ts';
import type { ReferencedSets, Wafv2Snapshot } from './snapshot.ts';
import { takeSnapshot } from './snapshot.ts';
import type { Wafv2State } from './state.ts';
import { tagHandlers } from './tag-handlers.ts';
import type { SampledRequests } from './traffic-handlers.ts';
import { trafficHandlers } from './traffic-handlers.ts';
import { webAclHandlers } from './web-acl-handlers.ts';

export interface Wafv2Ports {
  /** Whether there is such a load balancer. */
  resourceExists(arn: string): boolean;
  /** ARNs of the distributions that name this web ACL. */
  distributionsWithWebAcl(webAclArn: string): readonly string[];
  /** The addresses that a rate-based rule limits now. */
  rateKeys(webAclArn: string, ruleName: string): readonly string[];
  /** Why the data plane cannot do what the web ACL asks; such a web ACL is refused. */
  check?(webAcl: sdk.WebACL, sets: ReferencedSets): readonly string[];
  /** Without it GetSampledRequests is an operation that is not known. */
  readonly sampledRequests?: SampledRequests;
  logDestinationExists?(arn: string): boolean;
}

export interface Wafv2Service extends AwsService {
  snapshot(): Wafv2Snapshot;
}

export function createWafv2Service(context: ServiceContext, ports: Wafv2Ports): Wafv2Service {
  const state: Wafv2State = {
    context,
    ports,
    webAcls: new Map(),
    ipSets: new Map(),
    regexSets: new Map(),
    associations: new Map(),
    logging: new Map(),
    tags: createTagStore(),
  };
  const handlers: Record<string, Handler> = {
    ...webAclHandlers(state),
    ...ipSetHandlers(state),
    ...regexSetHandlers(state),
    ...associationHandlers(state),
    ...loggingHandlers(state),
    ...trafficHandlers(state),
    ...tagHandlers(state),
  };
  return {
    sdk,
    client: sdk.WAFV2Client,
    enums,
    handlers: announcing(whereScopeIs(context, handlers), context),
    snapshot: () => takeSnapshot(state),
  };
}

const enums = {
  Scope: sdk.Scope,
  'LabelMatchStatement.Scope': sdk.LabelMatchScope,
  AggregateKeyType: sdk.RateBasedStatementAggregateKeyType,
  ComparisonOperator: sdk.ComparisonOperator,
  FallbackBehavior: sdk.FallbackBehavior,
  IPAddressVersion: sdk.IPAddressVersion,
  LogScope: sdk.LogScope,
  LogType: sdk.LogType,
  'CustomResponseBody.ContentType': sdk.ResponseContentType,
  'IPSetForwardedIPConfig.Position': sdk.ForwardedIPPosition,
  OversizeHandling: sdk.OversizeHandling,
  PositionalConstraint: sdk.PositionalConstraint,
  ResourceType: sdk.ResourceType,
  SensitivityLevel: sdk.SensitivityLevel,
  'TextTransformation.Type': sdk.TextTransformationType,
};

/** Only us-east-1 knows the scope CLOUDFRONT. */
function whereScopeIs(
  { region }: ServiceContext,
  handlers: Record<string, Handler>,
): Record<string, Handler> {
  if (region === 'us-east-1') return handlers;
  const guarded = Object.entries(handlers).map(([name, handler]): [string, Handler] => [
    name,
    (input, call) => {
      if ((input as { Scope?: string }).Scope === 'CLOUDFRONT')
        throw invalidParameter('SCOPE_VALUE', 'CLOUDFRONT', reasons.scope);
      return handler(input, call);
    },
  ]);
  return Object.fromEntries(guarded);
}
