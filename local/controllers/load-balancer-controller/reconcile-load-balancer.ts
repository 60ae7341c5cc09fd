import type { EC2Client } from '@aws-sdk/client-ec2';
import { DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import type {
  Action,
  ElasticLoadBalancingV2Client,
  LoadBalancer,
  RuleCondition,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DeleteListenerCommand,
  DeleteRuleCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTargetGroupsCommand,
  LoadBalancerNotFoundException,
  ModifyListenerCommand,
  ModifyLoadBalancerAttributesCommand,
  ModifyTargetGroupAttributesCommand,
  ModifyTargetGroupCommand,
  SetSecurityGroupsCommand,
  TargetGroupNotFoundException,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { WAFV2Client } from '@aws-sdk/client-wafv2';
import {
  AssociateWebACLCommand,
  DisassociateWebACLCommand,
  GetWebACLForResourceCommand,
} from '@aws-sdk/client-wafv2';
import type { ListenerModel, LoadBalancerModel, RuleModel, TargetGroupModel } from './model.ts';

export interface AwsClients {
  readonly elbv2: ElasticLoadBalancingV2Client;
  readonly ec2: EC2Client;
  readonly wafv2: WAFV2Client;
}

export interface ReconciledLoadBalancer {
  readonly arn: string;
  readonly dnsName: string;
  /** Target group name → ARN. */
  readonly targetGroups: ReadonlyMap<string, string>;
}

/** Brings AWS to what the model says; safe to repeat, and changes nothing when nothing differs. */
export async function reconcileLoadBalancer(
  aws: AwsClients,
  model: LoadBalancerModel,
): Promise<ReconciledLoadBalancer> {
  const balancer = (await findLoadBalancer(aws, model.name)) ?? (await createLoadBalancer(aws, model));
  const arn = balancer.LoadBalancerArn ?? '';
  const targetGroups = new Map<string, string>();
  for (const group of model.targetGroups)
    targetGroups.set(group.name, await reconcileTargetGroup(aws, group, balancer.VpcId ?? '', model.tags));
  if (model.securityGroups.length > 0 && !sameSet(balancer.SecurityGroups ?? [], model.securityGroups))
    await aws.elbv2.send(
      new SetSecurityGroupsCommand({ LoadBalancerArn: arn, SecurityGroups: [...model.securityGroups] }),
    );
  await reconcileListeners(aws, arn, model, targetGroups);
  await setAttributes(aws, arn, model.attributes);
  await reconcileWebAcl(aws, arn, model.webAclArn);
  return { arn, dnsName: balancer.DNSName ?? '', targetGroups };
}

export async function findLoadBalancer(
  { elbv2 }: AwsClients,
  name: string,
): Promise<LoadBalancer | undefined> {
  try {
    const { LoadBalancers } = await elbv2.send(new DescribeLoadBalancersCommand({ Names: [name] }));
    return LoadBalancers?.[0];
  } catch (error) {
    if (error instanceof LoadBalancerNotFoundException) return undefined;
    throw error;
  }
}

async function createLoadBalancer(
  { elbv2, ec2 }: AwsClients,
  model: LoadBalancerModel,
): Promise<LoadBalancer> {
  const subnets = model.subnets.length > 0 ? model.subnets : await discoverSubnets(ec2, model.scheme);
  const { LoadBalancers } = await elbv2.send(
    new CreateLoadBalancerCommand({
      Name: model.name,
      Scheme: model.scheme,
      Subnets: [...subnets],
      SecurityGroups: model.securityGroups.length > 0 ? [...model.securityGroups] : undefined,
      Type: 'application',
      IpAddressType: 'ipv4',
      Tags: tagList(model.tags),
    }),
  );
  const [created] = LoadBalancers ?? [];
  if (!created) throw new Error(`Cannot create load balancer "${model.name}": the answer names none`);
  return created;
}

/** AWS Load Balancer Controller, "Subnet auto discovery". */
async function discoverSubnets(
  ec2: EC2Client,
  scheme: LoadBalancerModel['scheme'],
): Promise<readonly string[]> {
  const role = scheme === 'internet-facing' ? 'kubernetes.io/role/elb' : 'kubernetes.io/role/internal-elb';
  const { Subnets = [] } = await ec2.send(
    new DescribeSubnetsCommand({ Filters: [{ Name: `tag:${role}`, Values: ['', '1'] }] }),
  );
  if (Subnets.length < 2)
    throw new Error(
      `Cannot place the load balancer: expected at least 2 subnets tagged "${role}", got ${Subnets.length}`,
    );
  return Subnets.map(({ SubnetId = '' }) => SubnetId);
}

async function reconcileTargetGroup(
  { elbv2 }: AwsClients,
  group: TargetGroupModel,
  vpcId: string,
  tags: LoadBalancerModel['tags'],
): Promise<string> {
  const check = {
    HealthCheckProtocol: group.protocol,
    HealthCheckPort: 'traffic-port',
    HealthCheckPath: group.healthCheck.path,
    HealthCheckIntervalSeconds: group.healthCheck.intervalSeconds,
    HealthCheckTimeoutSeconds: group.healthCheck.timeoutSeconds,
    HealthyThresholdCount: group.healthCheck.healthyThreshold,
    UnhealthyThresholdCount: group.healthCheck.unhealthyThreshold,
    Matcher: { HttpCode: group.healthCheck.matcher },
  };
  const known = await findTargetGroup(elbv2, group.name);
  if (known) {
    const differs =
      known.HealthCheckPath !== check.HealthCheckPath ||
      known.HealthCheckIntervalSeconds !== check.HealthCheckIntervalSeconds ||
      known.HealthyThresholdCount !== check.HealthyThresholdCount ||
      known.UnhealthyThresholdCount !== check.UnhealthyThresholdCount ||
      known.Matcher?.HttpCode !== check.Matcher.HttpCode;
    if (differs)
      await elbv2.send(new ModifyTargetGroupCommand({ TargetGroupArn: known.TargetGroupArn, ...check }));
    return known.TargetGroupArn ?? '';
  }
  const { TargetGroups } = await elbv2.send(
    new CreateTargetGroupCommand({
      Name: group.name,
      Protocol: group.protocol,
      Port: typeof group.targetPort === 'number' ? group.targetPort : 80,
      VpcId: vpcId,
      TargetType: 'ip',
      Tags: tagList({ ...tags, 'ingress.k8s.aws/resource': group.name }),
      ...check,
    }),
  );
  const arn = TargetGroups?.[0]?.TargetGroupArn ?? '';
  if (Object.keys(group.attributes).length > 0)
    await elbv2.send(
      new ModifyTargetGroupAttributesCommand({
        TargetGroupArn: arn,
        Attributes: attributeList(group.attributes),
      }),
    );
  return arn;
}

async function findTargetGroup(elbv2: ElasticLoadBalancingV2Client, name: string) {
  try {
    const { TargetGroups } = await elbv2.send(new DescribeTargetGroupsCommand({ Names: [name] }));
    return TargetGroups?.[0];
  } catch (error) {
    if (error instanceof TargetGroupNotFoundException) return undefined;
    throw error;
  }
}

async function reconcileListeners(
  aws: AwsClients,
  arn: string,
  model: LoadBalancerModel,
  targetGroups: ReadonlyMap<string, string>,
): Promise<void> {
  const { Listeners = [] } = await aws.elbv2.send(new DescribeListenersCommand({ LoadBalancerArn: arn }));
  for (const { Port, ListenerArn } of Listeners)
    if (!model.listeners.some(({ port }) => port === Port))
      await aws.elbv2.send(new DeleteListenerCommand({ ListenerArn }));
  for (const listener of model.listeners) {
    const known = Listeners.find(({ Port }) => Port === listener.port);
    const listenerArn = await reconcileListener(aws, arn, listener, known?.ListenerArn, targetGroups);
    await reconcileRules(aws, listenerArn, listener.rules, targetGroups);
  }
}

async function reconcileListener(
  { elbv2 }: AwsClients,
  LoadBalancerArn: string,
  { port, protocol, certificateArns, sslPolicy, rules }: ListenerModel,
  known: string | undefined,
  targetGroups: ReadonlyMap<string, string>,
): Promise<string> {
  const byDefault = rules.find(isDefault);
  const settings = {
    Port: port,
    Protocol: protocol,
    SslPolicy: sslPolicy,
    Certificates: certificateArns.length > 0 ? [{ CertificateArn: certificateArns[0] }] : undefined,
    DefaultActions: [byDefault ? actionOf(byDefault, targetGroups) : notFound],
  };
  if (known) {
    await elbv2.send(new ModifyListenerCommand({ ListenerArn: known, ...settings }));
    return known;
  }
  const { Listeners } = await elbv2.send(new CreateListenerCommand({ LoadBalancerArn, ...settings }));
  return Listeners?.[0]?.ListenerArn ?? '';
}

/** The controller's answer for what no rule matches. */
const notFound: Action = {
  Type: 'fixed-response',
  FixedResponseConfig: { StatusCode: '404', ContentType: 'text/plain' },
};

async function reconcileRules(
  { elbv2 }: AwsClients,
  ListenerArn: string,
  rules: readonly RuleModel[],
  targetGroups: ReadonlyMap<string, string>,
): Promise<void> {
  const wanted = rules
    .filter((rule) => !isDefault(rule))
    .map((rule, index) => ({
      Priority: index + 1,
      Conditions: conditionsOf(rule),
      Actions: [actionOf(rule, targetGroups)],
    }));
  const { Rules = [] } = await elbv2.send(new DescribeRulesCommand({ ListenerArn }));
  const present = Rules.filter(({ IsDefault }) => !IsDefault);
  const same =
    present.length === wanted.length && wanted.every((rule, index) => matches(rule, present[index]));
  if (same) return;
  for (const { RuleArn } of present) await elbv2.send(new DeleteRuleCommand({ RuleArn }));
  for (const rule of wanted) await elbv2.send(new CreateRuleCommand({ ListenerArn, ...rule }));
}

function matches(
  wanted: { readonly Conditions: readonly RuleCondition[]; readonly Actions: readonly Action[] },
  present:
    | { readonly Conditions?: readonly RuleCondition[]; readonly Actions?: readonly Action[] }
    | undefined,
): boolean {
  const values = (conditions: readonly RuleCondition[] = []) =>
    conditions.map(({ Field, Values, HostHeaderConfig, PathPatternConfig }) => [
      Field,
      HostHeaderConfig?.Values ?? PathPatternConfig?.Values ?? Values,
    ]);
  const target = (actions: readonly Action[] = []) =>
    actions.map(({ Type, TargetGroupArn }) => [Type, TargetGroupArn]);
  return (
    JSON.stringify(values(wanted.Conditions)) === JSON.stringify(values(present?.Conditions)) &&
    JSON.stringify(target(wanted.Actions)) === JSON.stringify(target(present?.Actions))
  );
}

function isDefault({ hosts, paths }: RuleModel): boolean {
  return hosts.length === 0 && paths.length === 0;
}

function conditionsOf({ hosts, paths }: RuleModel): RuleCondition[] {
  return [
    ...(hosts.length > 0 ? [{ Field: 'host-header', HostHeaderConfig: { Values: [...hosts] } }] : []),
    ...(paths.length > 0 ? [{ Field: 'path-pattern', PathPatternConfig: { Values: [...paths] } }] : []),
  ];
}

function actionOf({ action }: RuleModel, targetGroups: ReadonlyMap<string, string>): Action {
  if ('redirectToPort' in action)
    return {
      Type: 'redirect',
      RedirectConfig: { Protocol: 'HTTPS', Port: String(action.redirectToPort), StatusCode: 'HTTP_301' },
    };
  return { Type: 'forward', TargetGroupArn: targetGroups.get(action.targetGroup) };
}

async function setAttributes(
  { elbv2 }: AwsClients,
  LoadBalancerArn: string,
  attributes: LoadBalancerModel['attributes'],
): Promise<void> {
  if (Object.keys(attributes).length === 0) return;
  await elbv2.send(
    new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes: attributeList(attributes) }),
  );
}

/** An absent or empty annotation leaves an ACL that somebody else attached (fixed in 2.8.2, GO-2024-3212); `none` takes it off. */
async function reconcileWebAcl(
  { wafv2 }: AwsClients,
  ResourceArn: string,
  wanted: string | undefined,
): Promise<void> {
  if (!wanted) return;
  const { WebACL } = await wafv2.send(new GetWebACLForResourceCommand({ ResourceArn }));
  if (wanted === 'none') {
    if (WebACL) await wafv2.send(new DisassociateWebACLCommand({ ResourceArn }));
  } else if (WebACL?.ARN !== wanted)
    await wafv2.send(new AssociateWebACLCommand({ ResourceArn, WebACLArn: wanted }));
}

function tagList(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

function attributeList(attributes: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return tagList(attributes);
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item) => b.includes(item));
}
