import type { RedirectActionConfig } from '@aws-sdk/client-elastic-load-balancing-v2';
import { hostName, type RequestHead } from './request-head.ts';

/** The Location of a redirect; the port is always written (ELB User Guide, "Redirect actions"). */
export function redirectLocation(config: RedirectActionConfig, request: RequestHead): string {
  const values: Readonly<Record<string, string>> = {
    protocol: request.scheme,
    host: hostName(request),
    port: String(request.listenerPort),
    path: request.path.replace(/^\//, ''),
    query: request.query,
  };
  const fill = (template: string): string =>
    template.replace(/#\{(protocol|host|port|path|query)\}/g, (_, name: string) => values[name] ?? '');
  const protocol = fill(config.Protocol ?? '#{protocol}').toLowerCase();
  const host = fill(config.Host ?? '#{host}');
  const port = fill(config.Port ?? '#{port}');
  const path = fill(config.Path ?? '/#{path}');
  const query = fill(config.Query ?? '#{query}');
  return `${protocol}://${host}:${port}${path}${query === '' ? '' : `?${query}`}`;
}
