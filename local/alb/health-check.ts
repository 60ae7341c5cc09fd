import { request } from 'node:http';
import type { TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Network } from '../base/network.ts';
import type { CheckResult } from './health-state.ts';

export interface HealthCheckOptions {
  readonly network: Pick<Network, 'route'>;
  readonly config: TargetGroup;
  readonly target: { readonly id: string; readonly port: number };
  readonly localAddress: string;
  readonly timeoutWallMs: number;
  readonly signal: AbortSignal;
}

/** One health check: a GET on a connection of its own. */
export function checkHealth(options: HealthCheckOptions): Promise<CheckResult> {
  const { network, config, target, localAddress, timeoutWallMs, signal } = options;
  const timeout = AbortSignal.timeout(timeoutWallMs);
  const port = checkPort(config, target.port);
  return new Promise((resolve) => {
    const check = request({
      ...network.route('load-balancer-to-pods', { host: target.id, port, localAddress }),
      path: config.HealthCheckPath ?? '/',
      agent: false,
      headers: { Host: `${target.id}:${port}`, 'User-Agent': 'ELB-HealthChecker/2.0', Connection: 'close' },
      signal: AbortSignal.any([timeout, signal]),
    });
    const failed = (): void => resolve({ kind: timeout.aborted ? 'timeout' : 'failed' });
    check.on('error', failed);
    check.on('response', (response) => {
      const { statusCode: status = 0 } = response;
      response.on('error', failed);
      response.on('end', () =>
        resolve(
          accepts(config.Matcher?.HttpCode, status) ? { kind: 'passed' } : { kind: 'wrong-code', status },
        ),
      );
      response.resume();
    });
    check.end();
  });
}

export function checkPort({ HealthCheckPort }: TargetGroup, trafficPort: number): number {
  return HealthCheckPort === undefined || HealthCheckPort === 'traffic-port'
    ? trafficPort
    : Number(HealthCheckPort);
}

/** `200`, `200,202` or `200-299` (ELB API reference, Matcher). */
export function accepts(matcher = '200', status: number): boolean {
  return matcher.split(',').some((part) => {
    const [first = Number.NaN, last = first] = part.split('-').map(Number);
    return status >= first && status <= last;
  });
}
