import type {
  Action,
  LoadBalancerSchemeEnum,
  LoadBalancerStateEnum,
  ProtocolEnum,
  RuleCondition,
  TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { ServiceContext } from '../../service.ts';
import { AwsError } from '../../service.ts';
import type { SubnetPlace } from '../subnet-place.ts';
import type { TagStore } from '../tag-store.ts';
import type { Elbv2Ports } from './ports.ts';

/** Everything by ARN. */
export interface Elbv2State {
  readonly context: ServiceContext;
  readonly ports: Elbv2Ports;
  readonly loadBalancers: Map<string, StoredLoadBalancer>;
  readonly listeners: Map<string, StoredListener>;
  readonly rules: Map<string, StoredRule>;
  readonly targetGroups: Map<string, StoredTargetGroup>;
  readonly tags: TagStore;
}

export type Attributes = Record<string, string>;

export interface StoredLoadBalancer {
  readonly arn: string;
  readonly name: string;
  readonly dnsName: string;
  readonly scheme: LoadBalancerSchemeEnum;
  readonly vpcId: string;
  readonly createdTime: Date;
  subnets: readonly SubnetPlace[];
  /** One a zone, kept while the zone is enabled. */
  addresses: ReadonlyMap<string, string>;
  securityGroups: readonly string[];
  state: LoadBalancerStateEnum;
  attributes: Attributes;
}

export interface StoredListener {
  readonly arn: string;
  readonly loadBalancerArn: string;
  port: number;
  protocol: ProtocolEnum;
  /** ARNs, the default certificate first. */
  certificates: readonly string[];
  sslPolicy: string | undefined;
  attributes: Attributes;
}

export interface StoredRule {
  readonly arn: string;
  readonly listenerArn: string;
  /** The default rule's is above every other. */
  priority: number;
  conditions: readonly RuleCondition[];
  actions: readonly Action[];
}

export const defaultPriority = 100_000;

export interface StoredTargetGroup {
  readonly arn: string;
  /** Without the load balancers, which follow from the rules. */
  config: TargetGroup;
  attributes: Attributes;
  targets: readonly StoredTarget[];
}

export interface StoredTarget {
  readonly id: string;
  readonly port: number;
  readonly zone: string;
  /** Aborted when the target is registered again before its deregistration is over. */
  draining: AbortController | undefined;
  /** The load balancer's nodes have heard of its deregistration. */
  outOfRotation: boolean;
}

export function findLoadBalancer({ loadBalancers }: Elbv2State, arn = ''): StoredLoadBalancer {
  return found(loadBalancers.get(arn), 'LoadBalancerNotFound', `Load balancer '${arn}' not found`);
}

export function findListener({ listeners }: Elbv2State, arn = ''): StoredListener {
  return found(listeners.get(arn), 'ListenerNotFound', `Listener '${arn}' not found`);
}

export function findRule({ rules }: Elbv2State, arn = ''): StoredRule {
  return found(rules.get(arn), 'RuleNotFound', `Rule '${arn}' not found`);
}

export function findTargetGroup({ targetGroups }: Elbv2State, arn = ''): StoredTargetGroup {
  return found(targetGroups.get(arn), 'TargetGroupNotFound', `Target groups '${arn}' not found`);
}

/** In the order in which they are tried. */
export function rulesOf({ rules }: Elbv2State, listenerArn: string): StoredRule[] {
  const own = [...rules.values()].filter((rule) => rule.listenerArn === listenerArn);
  return own.sort((a, b) => a.priority - b.priority);
}

export function listenersOf({ listeners }: Elbv2State, loadBalancerArn: string): StoredListener[] {
  const own = [...listeners.values()].filter((listener) => listener.loadBalancerArn === loadBalancerArn);
  return own.sort((a, b) => a.port - b.port);
}

export function targetGroupsOf({ actions }: Pick<StoredRule, 'actions'>): string[] {
  return actions.flatMap(({ ForwardConfig }) =>
    (ForwardConfig?.TargetGroups ?? []).map(({ TargetGroupArn = '' }) => TargetGroupArn),
  );
}

/** The load balancers whose rules forward to the group. */
export function loadBalancersUsing(state: Elbv2State, targetGroupArn: string): string[] {
  const using = [...state.rules.values()].filter((rule) => targetGroupsOf(rule).includes(targetGroupArn));
  const arns = using.map(({ listenerArn }) => state.listeners.get(listenerArn)?.loadBalancerArn ?? '');
  return [...new Set(arns)].sort();
}

export function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message);
}

function found<T>(value: T | undefined, code: string, message: string): T {
  if (value === undefined) throw new AwsError(code, message);
  return value;
}
