import type { Action, Rule } from '@aws-sdk/client-elastic-load-balancing-v2';
import { conditionFields } from './condition.ts';
import type { LoadBalancerConfig, LoadBalancersConfig, TargetGroupConfig } from './config.ts';

/** What the configuration asks for and is not done here. Silence would make a green that means nothing. */
export function unsupported({ loadBalancers, targetGroups }: LoadBalancersConfig): string[] {
  return [...loadBalancers.flatMap(inLoadBalancer), ...targetGroups.flatMap(inTargetGroup)];
}

function inLoadBalancer({ arn, listeners }: LoadBalancerConfig): string[] {
  return listeners.flatMap(({ port, protocol, certificates, sslPolicy, rules }) => {
    const problems = rules.flatMap(inRule);
    if (protocol === 'HTTPS' && (certificates.length === 0 || !sslPolicy)) {
      problems.push('expected an HTTPS listener to have a certificate and a security policy');
    }
    if (!rules.some((rule) => rule.IsDefault)) problems.push('expected a default rule');
    return problems.map((problem) => `listener ${port} of "${arn}": ${problem}`);
  });
}

function inRule({ Priority, Conditions = [], Actions = [], Transforms = [] }: Rule): string[] {
  const problems: string[] = [];
  for (const { Field = '' } of Conditions) {
    if (!conditionFields.includes(Field)) problems.push(`unknown condition "${Field}"`);
  }
  if (Transforms.length > 0) problems.push('transforms are not done here');
  problems.push(...Actions.flatMap(inAction));
  return problems.map((problem) => `rule ${Priority}: ${problem}`);
}

function inAction({ Type, ForwardConfig }: Action): string[] {
  if (!['forward', 'redirect', 'fixed-response'].includes(Type ?? '')) {
    return [`expected the action forward, redirect or fixed-response, got "${Type}"`];
  }
  if (ForwardConfig?.TargetGroupStickinessConfig?.Enabled)
    return ['target group stickiness is not done here'];
  return [];
}

const algorithms = ['round_robin', 'least_outstanding_requests'];

function inTargetGroup({ arn, config, attributes }: TargetGroupConfig): string[] {
  const problems: string[] = [];
  const expected = (what: string, wanted: string, got: string | undefined): void => {
    if (got !== undefined && got !== wanted) problems.push(`expected ${what} "${wanted}", got "${got}"`);
  };
  expected('Protocol', 'HTTP', config.Protocol);
  expected('HealthCheckProtocol', 'HTTP', config.HealthCheckProtocol);
  expected('ProtocolVersion', 'HTTP1', config.ProtocolVersion);
  expected('TargetType', 'ip', config.TargetType);
  expected('stickiness.enabled', 'false', attributes['stickiness.enabled']);
  expected('slow_start.duration_seconds', '0', attributes['slow_start.duration_seconds']);
  const algorithm = attributes['load_balancing.algorithm.type'] ?? 'round_robin';
  if (!algorithms.includes(algorithm)) problems.push(`unknown algorithm "${algorithm}"`);
  return problems.map((problem) => `target group "${arn}": ${problem}`);
}
