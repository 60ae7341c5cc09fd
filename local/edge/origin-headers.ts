import { normalEncoding } from './cache-key.ts';
import type { Behaviour } from './distribution.ts';
import type { HeaderList } from './headers.ts';
import { hopByHop } from './headers.ts';
import type { Origin } from './origin.ts';
import { type Selection, selectCookies, selects } from './selection.ts';
import type { Viewer } from './viewer.ts';

export interface OriginHeaderOptions {
  readonly viewer: Viewer;
  /** The viewer's, with what the web ACL inserted. */
  readonly headers: HeaderList;
  readonly behaviour: Behaviour;
  readonly origin: Origin;
  readonly requestId: string;
  /** `<id>.cloudfront.net` of the edge server. */
  readonly edgeName: string;
  /** The whole object is wanted: the viewer's conditions and ranges are left out. */
  readonly unconditional: boolean;
}

/** CloudFront developer guide, "HTTP request headers and CloudFront behavior (custom and Amazon S3 origins)". */
export function originHeaders(options: OriginHeaderOptions): HeaderList {
  const { viewer, headers, behaviour, origin, requestId, edgeName, unconditional } = options;
  const { policies } = behaviour;
  const list: (readonly [string, string])[] = [['Host', originHost(behaviour, origin, viewer)]];
  for (const header of headers) {
    const name = header[0].toLowerCase();
    if (ownHeaders.has(name) || isReserved(name) || (unconditional && conditional.has(name))) continue;
    if (
      name === 'authorization' ? forwardsAuthorization(viewer.method, behaviour) : forwards(behaviour, name)
    )
      list.push(header);
  }
  const cookie = forwardedCookie(headers, behaviour);
  if (cookie !== '') list.push(['Cookie', cookie]);
  const encoding = forwardedEncoding(viewer, behaviour);
  if (encoding !== undefined) list.push(['Accept-Encoding', encoding]);
  if (!selects(policies.forward.headers, 'user-agent')) list.push(['User-Agent', 'Amazon CloudFront']);
  list.push(['X-Forwarded-For', appended(viewer.header('x-forwarded-for'), viewer.address)]);
  list.push(['Via', appended(viewer.header('via'), `${viewer.httpVersion} ${edgeName} (CloudFront)`)]);
  list.push(['X-Amz-Cf-Id', requestId]);
  list.push(...madeHeaders(policies.forward.cloudFrontHeaders, viewer));
  return withCustom(list, origin.customHeaders);
}

/** The name that the origin is asked for, and that its certificate has to show. */
export function originHost(behaviour: Behaviour, origin: Origin, viewer: Pick<Viewer, 'host'>): string {
  const forwarded = !origin.isBucket && selects(behaviour.policies.forward.headers, 'host');
  return forwarded ? viewer.host : origin.domainName;
}

/** Made or decided below, whatever the policies say. */
const ownHeaders: ReadonlySet<string> = new Set([
  'host',
  'cookie',
  'accept-encoding',
  'x-forwarded-for',
  'via',
  'x-amz-cf-id',
  'content-length',
]);

/** Removed from every request. */
const removed: ReadonlySet<string> = new Set([...hopByHop, 'expect', 'x-forwarded-proto', 'x-real-ip']);

/** Forwarded without a policy: they belong to the body, the condition or the range of the request. */
const forwardedAlways: ReadonlySet<string> = new Set([
  'cache-control',
  'content-encoding',
  'content-language',
  'content-md5',
  'content-type',
  'date',
  'from',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'pragma',
  'range',
  'warning',
]);

const conditional: ReadonlySet<string> = new Set(['if-none-match', 'if-modified-since', 'if-range', 'range']);

function isReserved(name: string): boolean {
  return removed.has(name) || name.startsWith('x-edge-') || name.startsWith('cloudfront-');
}

function forwards({ policies }: Behaviour, name: string): boolean {
  return forwardedAlways.has(name) || selects(policies.forward.headers, name);
}

/** Reads lose it unless the key has it or all headers are forwarded; an origin request policy cannot list it alone. */
function forwardsAuthorization(method: string, { policies }: Behaviour): boolean {
  if (method !== 'GET' && method !== 'HEAD') return true;
  return policies.forward.headers.mode === 'all' || policies.key.headers.includes('authorization');
}

function forwardedCookie(headers: HeaderList, { policies }: Behaviour): string {
  const selections: Selection[] = [policies.key.cookies, policies.forward.cookies];
  if (selections.every(({ mode }) => mode === 'none')) return '';
  const cookies = headers.filter(([name]) => name.toLowerCase() === 'cookie').map(([, value]) => value);
  return selectCookies(cookies.join('; '), selections);
}

function forwardedEncoding(viewer: Viewer, { policies }: Behaviour): string | undefined {
  const { key, forward } = policies;
  if (key.gzip || key.brotli) return normalEncoding(viewer.header('accept-encoding'), key) || undefined;
  return selects(forward.headers, 'accept-encoding') ? viewer.header('accept-encoding') : undefined;
}

function appended(list: string | undefined, value: string): string {
  return list ? `${list}, ${value}` : value;
}

/** "Add CloudFront request headers"; what needs a database of places or devices is not emulated. */
function madeHeaders(wanted: ReadonlySet<string>, viewer: Viewer): HeaderList {
  if (wanted.size === 0) return [];
  const { tls } = viewer;
  const all: HeaderList = [
    ['CloudFront-Forwarded-Proto', viewer.scheme],
    ['CloudFront-Viewer-Address', `${viewer.address}:${viewer.port}`],
    ['CloudFront-Viewer-Http-Version', viewer.httpVersion],
    ...(tls ? [['CloudFront-Viewer-TLS', `${tls.protocol}:${tls.cipher}:fullHandshake`] as const] : []),
  ];
  return all.filter(([name]) => wanted.has(name.toLowerCase()));
}

/** "Add custom headers to origin requests": they replace the viewer's. */
function withCustom(list: HeaderList, custom: HeaderList): HeaderList {
  if (custom.length === 0) return list;
  const names = new Set(custom.map(([name]) => name.toLowerCase()));
  return [...list.filter(([name]) => !names.has(name.toLowerCase())), ...custom];
}
