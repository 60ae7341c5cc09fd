import type { Action, RedirectActionConfig } from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../../service.ts';
import type { Elbv2State, StoredLoadBalancer } from './state.ts';
import { findTargetGroup, invalid, loadBalancersUsing } from './state.ts';

/** The actions as ELB keeps them, defaults filled in; its own error for what cannot be. */
export function checkActions(
  state: Elbv2State,
  loadBalancer: StoredLoadBalancer,
  actions: readonly Action[] | undefined,
): readonly Action[] {
  const ordered = [...(actions ?? [])].sort((a, b) => (a.Order ?? 1) - (b.Order ?? 1));
  if (ordered.length === 0) throw invalid('At least one action must be specified');
  if (ordered.length > 1)
    throw new AwsError(
      'InvalidLoadBalancerAction',
      'Actions before the last must authenticate, which is not supported',
    );
  return ordered.map((action) => checkAction(state, loadBalancer, action));
}

function checkAction(state: Elbv2State, loadBalancer: StoredLoadBalancer, action: Action): Action {
  switch (action.Type) {
    case 'forward':
      return forward(state, loadBalancer, action);
    case 'redirect':
      return { ...action, RedirectConfig: redirect(action.RedirectConfig) };
    case 'fixed-response':
      return fixedResponse(action);
    default:
      throw new AwsError('InvalidLoadBalancerAction', `Actions of type '${action.Type}' are not supported`);
  }
}

function forward(state: Elbv2State, loadBalancer: StoredLoadBalancer, action: Action): Action {
  const { TargetGroupArn, ForwardConfig } = action;
  const groups = ForwardConfig?.TargetGroups ?? (TargetGroupArn ? [{ TargetGroupArn }] : []);
  if (groups.length === 0) throw invalid('A target group ARN must be specified');
  if (groups.length > 5) throw invalid('A forward action can have at most 5 target groups');
  if (TargetGroupArn && ForwardConfig && groups.some((group) => group.TargetGroupArn !== TargetGroupArn))
    throw invalid('You cannot specify both a target group ARN and a forward config that names another');
  for (const group of groups) checkGroup(state, loadBalancer, group.TargetGroupArn ?? '');
  const weights = groups.map(({ Weight = 1 }) => Weight);
  if (weights.some((weight) => weight < 0 || weight > 999)) throw invalid('Weight must be between 0 and 999');
  return {
    ...action,
    TargetGroupArn: groups.length === 1 ? groups[0]?.TargetGroupArn : undefined,
    ForwardConfig: {
      TargetGroups: groups.map((group, index) => ({ ...group, Weight: weights[index] })),
      TargetGroupStickinessConfig: ForwardConfig?.TargetGroupStickinessConfig ?? { Enabled: false },
    },
  };
}

function checkGroup(state: Elbv2State, loadBalancer: StoredLoadBalancer, arn: string): void {
  const { config } = findTargetGroup(state, arn);
  if (config.VpcId !== loadBalancer.vpcId)
    throw new AwsError(
      'InvalidConfigurationRequest',
      `The following target groups are not in the VPC of the load balancer: ${arn}`,
    );
  const others = loadBalancersUsing(state, arn).filter((other) => other !== loadBalancer.arn);
  if (others.length > 0)
    throw new AwsError(
      'TargetGroupAssociationLimit',
      `The following target groups cannot be associated with more than one load balancer: ${arn}`,
    );
}

const unchanged = {
  Protocol: '#{protocol}',
  Port: '#{port}',
  Host: '#{host}',
  Path: '/#{path}',
  Query: '#{query}',
};

function redirect(config: RedirectActionConfig | undefined): RedirectActionConfig {
  if (!config?.StatusCode || !/^HTTP_30[12]$/.test(config.StatusCode))
    throw invalid('A redirect action must have a status code of HTTP_301 or HTTP_302');
  const result = { ...unchanged, ...withoutUndefined(config) };
  if (!/^(HTTPS?|#\{protocol\})$/.test(result.Protocol))
    throw invalid(`Protocol '${result.Protocol}' is not valid`);
  if (!/^(\d{1,5}|#\{port\})$/.test(result.Port)) throw invalid(`Port '${result.Port}' is not valid`);
  if (!result.Path.startsWith('/')) throw invalid(`Path '${result.Path}' must start with '/'`);
  const keys = ['Protocol', 'Port', 'Host', 'Path'] as const;
  if (keys.every((key) => result[key] === unchanged[key]))
    throw new AwsError(
      'InvalidLoadBalancerAction',
      'The redirect configuration is not valid because it creates a loop.',
    );
  return result;
}

function withoutUndefined(config: RedirectActionConfig): RedirectActionConfig {
  return Object.fromEntries(
    Object.entries(config).filter(([, value]) => value !== undefined),
  ) as unknown as RedirectActionConfig;
}

function fixedResponse(action: Action): Action {
  const { StatusCode = '', ContentType, MessageBody = '' } = action.FixedResponseConfig ?? {};
  if (!/^[245]\d\d$/.test(StatusCode)) throw invalid(`Status code '${StatusCode}' must be 2XX, 4XX or 5XX`);
  const types = ['text/plain', 'text/css', 'text/html', 'application/javascript', 'application/json'];
  if (ContentType && !types.includes(ContentType))
    throw invalid(`Content type '${ContentType}' is not valid`);
  if (MessageBody.length > 1024) throw invalid('The message body can have at most 1024 characters');
  return action;
}
