import type { HealthCheck as Described } from '@aws-sdk/client-route-53';
import type { HealthCheck } from '../dns/health/health-check.ts';

/** The account's health checks, for the checkers; `portOf` says where a port is bound on this machine. */
export function healthChecksOf(
  described: readonly Described[],
  portOf: (port: number) => number,
): readonly HealthCheck[] {
  return described.map(({ Id: id = '', HealthCheckConfig: config }) => {
    const { IPAddress: address, FullyQualifiedDomainName: name = '' } = config ?? {};
    const type = config?.Type ?? 'TCP';
    return {
      id,
      protocol: type === 'TCP' ? 'tcp' : type.startsWith('HTTPS') ? 'https' : 'http',
      endpoint: address ? { address } : { name },
      port: portOf(config?.Port ?? 80),
      host: name || (address ?? ''),
      sendsName: Boolean(config?.EnableSNI && name),
      path: config?.ResourcePath || '/',
      search: config?.SearchString,
      intervalMs: (config?.RequestInterval ?? 30) * 1000,
      threshold: config?.FailureThreshold ?? 3,
      inverted: config?.Inverted ?? false,
      disabled: config?.Disabled ?? false,
    };
  });
}
