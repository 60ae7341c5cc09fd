import type { CreateTargetGroupInput, TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../../service.ts';
import { invalid } from './state.ts';

/** A new group's configuration; defaults: ELB API reference, CreateTargetGroup. */
export function newTargetGroup(input: CreateTargetGroupInput): TargetGroup {
  const { Name = '', Protocol, Port, VpcId, TargetType = 'instance', ProtocolVersion = 'HTTP1' } = input;
  checkName(Name);
  if (TargetType !== 'instance' && TargetType !== 'ip')
    throw new AwsError('InvalidConfigurationRequest', `Target type '${TargetType}' is not supported`);
  if (Protocol !== 'HTTP' && Protocol !== 'HTTPS')
    throw Protocol === undefined
      ? invalid('A protocol must be specified')
      : new AwsError('InvalidConfigurationRequest', `Protocol '${Protocol}' is not supported`);
  if (Port === undefined) throw invalid('A port must be specified');
  if (Port < 1 || Port > 65_535) throw invalid(`Port '${Port}' must be between 1 and 65535`);
  if (!VpcId) throw invalid('A VPC ID must be specified');
  if (ProtocolVersion !== 'HTTP1')
    throw new AwsError(
      'InvalidConfigurationRequest',
      `Protocol version '${ProtocolVersion}' is not supported`,
    );
  return {
    TargetGroupName: Name,
    Protocol,
    Port,
    VpcId,
    TargetType,
    ProtocolVersion,
    IpAddressType: 'ipv4',
    ...checkedHealthCheck({
      HealthCheckProtocol: input.HealthCheckProtocol ?? 'HTTP',
      HealthCheckPort: input.HealthCheckPort ?? 'traffic-port',
      HealthCheckEnabled: input.HealthCheckEnabled ?? true,
      HealthCheckIntervalSeconds: input.HealthCheckIntervalSeconds ?? 30,
      HealthCheckTimeoutSeconds: input.HealthCheckTimeoutSeconds ?? 5,
      HealthyThresholdCount: input.HealthyThresholdCount ?? 5,
      UnhealthyThresholdCount: input.UnhealthyThresholdCount ?? 2,
      HealthCheckPath: input.HealthCheckPath ?? '/',
      Matcher: input.Matcher ?? { HttpCode: '200' },
    }),
  };
}

type HealthCheck = Pick<
  TargetGroup,
  | 'HealthCheckProtocol'
  | 'HealthCheckPort'
  | 'HealthCheckEnabled'
  | 'HealthCheckIntervalSeconds'
  | 'HealthCheckTimeoutSeconds'
  | 'HealthyThresholdCount'
  | 'UnhealthyThresholdCount'
  | 'HealthCheckPath'
  | 'Matcher'
>;

/** Only the health check's members of what is given, all of them within their bounds. */
export function checkedHealthCheck(given: HealthCheck): HealthCheck {
  const check: HealthCheck = {
    HealthCheckProtocol: given.HealthCheckProtocol,
    HealthCheckPort: given.HealthCheckPort,
    HealthCheckEnabled: given.HealthCheckEnabled,
    HealthCheckIntervalSeconds: given.HealthCheckIntervalSeconds,
    HealthCheckTimeoutSeconds: given.HealthCheckTimeoutSeconds,
    HealthyThresholdCount: given.HealthyThresholdCount,
    UnhealthyThresholdCount: given.UnhealthyThresholdCount,
    HealthCheckPath: given.HealthCheckPath,
    Matcher: given.Matcher,
  };
  const { HealthCheckIntervalSeconds: interval = 0, HealthCheckTimeoutSeconds: timeout = 0 } = check;
  within('Health check interval', interval, 5, 300);
  within('Health check timeout', timeout, 2, 120);
  within('Healthy threshold count', check.HealthyThresholdCount ?? 0, 2, 10);
  within('Unhealthy threshold count', check.UnhealthyThresholdCount ?? 0, 2, 10);
  if (interval <= timeout)
    throw invalid(`Health check interval must be greater than the timeout (${interval} and ${timeout})`);
  if (check.HealthCheckProtocol !== 'HTTP' && check.HealthCheckProtocol !== 'HTTPS')
    throw invalid(`Health check protocol '${check.HealthCheckProtocol}' must be one of 'HTTP, HTTPS'`);
  if (!/^(traffic-port|\d{1,5})$/.test(check.HealthCheckPort ?? ''))
    throw invalid(`Health check port '${check.HealthCheckPort}' must be between 1 and 65535 or traffic-port`);
  if (!/^\/\S{0,1023}$/.test(check.HealthCheckPath ?? ''))
    throw invalid(`Health check path '${check.HealthCheckPath}' must begin with a '/' character`);
  if (check.HealthCheckEnabled === false)
    throw invalid('Health checks must be enabled for ip and instance targets');
  checkMatcher(check.Matcher?.HttpCode ?? '');
  return check;
}

function checkMatcher(codes: string): void {
  const numbers = codes.split(',').flatMap((part) => part.split('-'));
  const valid = numbers.every((code) => /^\d{3}$/.test(code) && Number(code) >= 200 && Number(code) <= 499);
  if (!valid) throw invalid(`Health check matcher HTTP code '${codes}' must be within '200-499' inclusive`);
}

function within(what: string, value: number, least: number, most: number): void {
  if (value < least || value > most) throw invalid(`${what} '${value}' must be between ${least} and ${most}`);
}

function checkName(name: string): void {
  if (name.length < 1 || name.length > 32)
    throw invalid(`Target group name '${name}' cannot be longer than '32' characters`);
  if (!/^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/.test(name))
    throw invalid(
      `Target group name '${name}' can only contain characters that are alphanumeric characters or hyphens(-), and cannot begin or end with a hyphen`,
    );
}
