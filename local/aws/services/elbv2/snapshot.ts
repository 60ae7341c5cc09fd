import type {
  Listener,
  LoadBalancer,
  Rule,
  SslPolicy,
  TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { describeListener, describeLoadBalancer, describeRule, describeTargetGroup } from './describe.ts';
import { findPolicy } from './ssl-policies.ts';
import type { Elbv2State, StoredListener, StoredLoadBalancer, StoredTargetGroup } from './state.ts';
import { listenersOf, rulesOf } from './state.ts';

/** All that the load balancers' data plane is made of. */
export interface Elbv2Snapshot {
  readonly loadBalancers: readonly LoadBalancerSnapshot[];
  readonly targetGroups: readonly TargetGroupSnapshot[];
}

export interface LoadBalancerSnapshot {
  readonly loadBalancer: LoadBalancer;
  readonly addresses: readonly { readonly zone: string; readonly address: string }[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly listeners: readonly ListenerSnapshot[];
}

export interface ListenerSnapshot {
  readonly listener: Listener;
  /** The default certificate first. */
  readonly certificateArns: readonly string[];
  readonly sslPolicy: SslPolicy | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  /** In the order in which they are tried; the default rule last. */
  readonly rules: readonly Rule[];
}

export interface TargetGroupSnapshot {
  readonly targetGroup: TargetGroup;
  readonly attributes: Readonly<Record<string, string>>;
  readonly targets: readonly TargetSnapshot[];
}

export interface TargetSnapshot {
  readonly id: string;
  readonly port: number;
  readonly zone: string;
  /** Deregistered, the nodes have heard of it, and it is within the deregistration delay. */
  readonly draining: boolean;
}

export function takeSnapshot(state: Elbv2State): Elbv2Snapshot {
  return {
    loadBalancers: [...state.loadBalancers.values()].map((stored) => loadBalancer(state, stored)),
    targetGroups: [...state.targetGroups.values()].map((stored) => targetGroup(state, stored)),
  };
}

function loadBalancer(state: Elbv2State, stored: StoredLoadBalancer): LoadBalancerSnapshot {
  return {
    loadBalancer: describeLoadBalancer(stored),
    addresses: [...stored.addresses].map(([zone, address]) => ({ zone, address })),
    attributes: { ...stored.attributes },
    listeners: listenersOf(state, stored.arn).map((listener) => listenerOf(state, listener)),
  };
}

function listenerOf(state: Elbv2State, stored: StoredListener): ListenerSnapshot {
  return {
    listener: describeListener(state, stored),
    certificateArns: [...stored.certificates],
    sslPolicy: stored.sslPolicy ? findPolicy(stored.sslPolicy) : undefined,
    attributes: { ...stored.attributes },
    rules: rulesOf(state, stored.arn).map(describeRule),
  };
}

function targetGroup(state: Elbv2State, stored: StoredTargetGroup): TargetGroupSnapshot {
  return {
    targetGroup: describeTargetGroup(state, stored),
    attributes: { ...stored.attributes },
    targets: stored.targets.map(({ id, port, zone, outOfRotation }) => ({
      id,
      port,
      zone,
      draining: outOfRotation,
    })),
  };
}
