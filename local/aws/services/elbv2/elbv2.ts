import * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import type { AwsService, ServiceContext } from '../../service.ts';
import { createTagStore } from '../tag-store.ts';
import { listenerCertificateHandlers } from './listener-certificates.ts';
import { listenerHandlers } from './listener-handlers.ts';
import { loadBalancerHandlers } from './load-balancer-handlers.ts';
import type { Elbv2Ports } from './ports.ts';
import { ruleHandlers } from './rule-handlers.ts';
import type { Elbv2Snapshot } from './snapshot.ts';
import { takeSnapshot } from './snapshot.ts';
import { sslPolicyHandlers } from './ssl-policies.ts';
import type { Elbv2State } from './state.ts';
import { tagHandlers } from './tag-handlers.ts';
import { targetGroupHandlers } from './target-group-handlers.ts';
import { targetHandlers } from './target-handlers.ts';

export type { Elbv2Ports } from './ports.ts';

export interface Elbv2Service extends AwsService {
  snapshot(): Elbv2Snapshot;
}

export function createElbv2Service(context: ServiceContext, ports: Elbv2Ports): Elbv2Service {
  const state: Elbv2State = {
    context,
    ports,
    loadBalancers: new Map(),
    listeners: new Map(),
    rules: new Map(),
    targetGroups: new Map(),
    tags: createTagStore(),
  };
  return {
    sdk,
    client: sdk.ElasticLoadBalancingV2Client,
    enums: { Protocol: sdk.ProtocolEnum, TargetType: sdk.TargetTypeEnum, Scheme: sdk.LoadBalancerSchemeEnum },
    handlers: {
      ...loadBalancerHandlers(state),
      ...listenerHandlers(state),
      ...listenerCertificateHandlers(state),
      ...ruleHandlers(state),
      ...targetGroupHandlers(state),
      ...targetHandlers(state),
      ...sslPolicyHandlers(),
      ...tagHandlers(state),
    },
    snapshot: () => takeSnapshot(state),
  };
}
