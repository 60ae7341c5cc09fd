import type { HealthCheckConfig, UpdateHealthCheckRequest } from '@aws-sdk/client-route-53';
import { AwsError } from '../../service.ts';

/** As Route 53 keeps it: what was left out has its default (API reference, HealthCheckConfig). */
export function createdConfig(asked: HealthCheckConfig | undefined): HealthCheckConfig {
  const { Type, Port, RequestInterval, FailureThreshold, ...rest } = asked ?? { Type: undefined };
  const secure = Type === 'HTTPS' || Type === 'HTTPS_STR_MATCH';
  const config = {
    ...rest,
    Type,
    Port: Port === undefined ? defaultPort(Type) : Number(Port),
    RequestInterval: Number(RequestInterval ?? 30),
    FailureThreshold: Number(FailureThreshold ?? 3),
    MeasureLatency: rest.MeasureLatency ?? false,
    Inverted: rest.Inverted ?? false,
    Disabled: rest.Disabled ?? false,
    EnableSNI: rest.EnableSNI ?? secure,
  };
  return checked(config);
}

/** API reference, UpdateHealthCheck: what is not named stays; the type, the interval and the latency cannot change. */
export function changedConfig(
  before: HealthCheckConfig | undefined,
  { ResetElements = [], ...change }: Omit<UpdateHealthCheckRequest, 'HealthCheckId' | 'HealthCheckVersion'>,
): HealthCheckConfig {
  const reset = new Set<string>(ResetElements);
  const kept = Object.entries(before ?? {}).filter(([name]) => !reset.has(name));
  const named = Object.entries(change).filter(([, value]) => value !== undefined);
  return createdConfig({ ...Object.fromEntries(kept), ...Object.fromEntries(named) } as HealthCheckConfig);
}

const endpointTypes: readonly (string | undefined)[] = [
  'HTTP',
  'HTTPS',
  'HTTP_STR_MATCH',
  'HTTPS_STR_MATCH',
  'TCP',
];

function defaultPort(type: string | undefined): number | undefined {
  if (type === 'TCP') return undefined;
  return type?.startsWith('HTTPS') ? 443 : 80;
}

function checked(
  config: Omit<HealthCheckConfig, 'Type'> & { Type: HealthCheckConfig['Type'] },
): HealthCheckConfig {
  const { Type, IPAddress, FullyQualifiedDomainName, RequestInterval, SearchString, Port } = config;
  const invalid = (message: string): never => {
    throw new AwsError('InvalidInput', message);
  };
  if (!endpointTypes.includes(Type)) invalid(`Invalid parameter : Type ${Type} is not supported`);
  if (!IPAddress && !FullyQualifiedDomainName)
    invalid('Invalid parameter : IPAddress or FullyQualifiedDomainName must be specified');
  if (RequestInterval !== 10 && RequestInterval !== 30)
    invalid(`Invalid parameter : RequestInterval must be 10 or 30, but found ${RequestInterval}`);
  const matches = Type?.endsWith('_STR_MATCH') ?? false;
  if (matches !== Boolean(SearchString))
    invalid(`Invalid parameter : SearchString must ${matches ? '' : 'not '}be specified for type ${Type}`);
  if (Type === 'TCP' && Port === undefined)
    invalid('Invalid parameter : Port must be specified for type TCP');
  if (Type === 'TCP' && config.ResourcePath)
    invalid('Invalid parameter : ResourcePath must not be specified for type TCP');
  return config;
}
