import { type RequestHead, valuesOf } from './request-head.ts';

export type HeaderPairs = readonly (readonly [string, string])[];

export interface TargetHeaderOptions {
  readonly attributes: Readonly<Record<string, string>>;
  readonly traceHeader: string;
  readonly insertHeaders: HeaderPairs;
  /** The viewer's wish to leave HTTP, passed on. */
  readonly upgrade: boolean;
}

/** The headers of the request to the target (ELB User Guide, "HTTP headers and Application Load Balancers"). */
export function targetHeaders(request: RequestHead, options: TargetHeaderOptions): [string, string][] {
  const { attributes, traceHeader, insertHeaders, upgrade } = options;
  const inserted = new Set(insertHeaders.map(([name]) => name.toLowerCase()));
  const kept = endToEnd(request.headers).filter(
    ([name]) => !replaced.has(name.toLowerCase()) && !inserted.has(name.toLowerCase()),
  );
  const headers: [string, string][] = [
    ['Host', hostFor(request, attributes)],
    ...forwardedFor(request, attributes),
    ['X-Forwarded-Proto', request.scheme],
    ['X-Forwarded-Port', String(request.listenerPort)],
    ['X-Amzn-Trace-Id', traceHeader],
    ...kept.map(([name, value]): [string, string] => [name, value]),
    ...insertHeaders.map(([name, value]): [string, string] => [name, value]),
  ];
  if (upgrade) headers.push(['Connection', 'Upgrade'], ['Upgrade', valuesOf(request, 'upgrade')[0] ?? '']);
  return headers;
}

const replaced = new Set([
  'host',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-amzn-trace-id',
  // Answered here, at once: the target does not get to see it.
  'expect',
]);

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Without the headers of this hop, named ones and those that Connection names (RFC 9110, 7.6.1). */
export function endToEnd(headers: HeaderPairs): [string, string][] {
  const named = headers
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => value.toLowerCase().split(','))
    .map((token) => token.trim());
  return headers
    .filter(([name]) => !hopByHop.has(name.toLowerCase()) && !named.includes(name.toLowerCase()))
    .map(([name, value]) => [name, value]);
}

/** Unless told to keep it, the load balancer writes a port that is not the scheme's own. */
function hostFor({ host, listenerPort }: RequestHead, attributes: Readonly<Record<string, string>>): string {
  if (attributes['routing.http.preserve_host_header.enabled'] === 'true') return host;
  return listenerPort === 80 || listenerPort === 443 || /:\d+$/.test(host) ? host : `${host}:${listenerPort}`;
}

function forwardedFor(
  request: RequestHead,
  attributes: Readonly<Record<string, string>>,
): [string, string][] {
  const received = valuesOf(request, 'x-forwarded-for').join(', ');
  const withPort = attributes['routing.http.xff_client_port.enabled'] === 'true';
  const client = withPort ? `${request.clientIp}:${request.clientPort}` : request.clientIp;
  switch (attributes['routing.http.xff_header_processing.mode'] ?? 'append') {
    case 'remove':
      return [];
    case 'preserve':
      return received === '' ? [] : [['X-Forwarded-For', received]];
    default:
      return [['X-Forwarded-For', received === '' ? client : `${received}, ${client}`]];
  }
}
