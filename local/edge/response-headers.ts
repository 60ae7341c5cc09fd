import type {
  ResponseHeadersPolicyConfig,
  ResponseHeadersPolicyCorsConfig,
  ResponseHeadersPolicySecurityHeadersConfig,
} from '@aws-sdk/client-cloudfront';
import { firstHeader, type HeaderList, withHeaders, withoutHeaders } from './headers.ts';

/** CloudFront developer guide, "Understand response headers policies". `origin` is the viewer's Origin header. */
export function applyResponseHeaders(
  headers: HeaderList,
  policy: ResponseHeadersPolicyConfig | undefined,
  origin: string | undefined,
): HeaderList {
  if (!policy) return headers;
  const removed = (policy.RemoveHeadersConfig?.Items ?? []).map(({ Header = '' }) => Header.toLowerCase());
  const wanted: Wanted[] = [
    ...corsHeaders(policy.CorsConfig, origin),
    ...securityHeaders(policy.SecurityHeadersConfig),
    ...(policy.CustomHeadersConfig?.Items ?? []).map(({ Header, Value, Override }) =>
      want(Header ?? '', Value ?? '', Override),
    ),
  ];
  const kept = withoutHeaders(headers, new Set(removed));
  const set = wanted.filter(
    ({ name, override }) => override || firstHeader(kept, name.toLowerCase()) === undefined,
  );
  return withHeaders(
    kept,
    set.map(({ name, value }) => [name, value] as const),
  );
}

interface Wanted {
  readonly name: string;
  readonly value: string;
  readonly override: boolean;
}

function want(name: string, value: string, override: boolean | undefined): Wanted {
  return { name, value, override: override ?? false };
}

function securityHeaders(config: ResponseHeadersPolicySecurityHeadersConfig | undefined): Wanted[] {
  if (!config) return [];
  const { StrictTransportSecurity: hsts, ContentTypeOptions: type, FrameOptions: frame } = config;
  const { ReferrerPolicy: referrer, ContentSecurityPolicy: content, XSSProtection: xss } = config;
  const list: (Wanted | undefined)[] = [
    hsts && want('Strict-Transport-Security', hstsValue(hsts), hsts.Override),
    type && want('X-Content-Type-Options', 'nosniff', type.Override),
    frame && want('X-Frame-Options', frame.FrameOption ?? '', frame.Override),
    referrer && want('Referrer-Policy', referrer.ReferrerPolicy ?? '', referrer.Override),
    content && want('Content-Security-Policy', content.ContentSecurityPolicy ?? '', content.Override),
    xss && want('X-XSS-Protection', xssValue(xss), xss.Override),
  ];
  return list.filter((each) => each !== undefined);
}

type Security = ResponseHeadersPolicySecurityHeadersConfig;

function hstsValue(hsts: NonNullable<Security['StrictTransportSecurity']>): string {
  const { AccessControlMaxAgeSec: maxAge = 0, IncludeSubdomains, Preload } = hsts;
  return [`max-age=${maxAge}`, IncludeSubdomains && 'includeSubDomains', Preload && 'preload']
    .filter(Boolean)
    .join('; ');
}

function xssValue({ Protection, ModeBlock, ReportUri }: NonNullable<Security['XSSProtection']>): string {
  if (!Protection) return '0';
  return ['1', ModeBlock && 'mode=block', ReportUri && `report=${ReportUri}`].filter(Boolean).join('; ');
}

/** Only for a request that has an Origin, and only where that origin is allowed. */
function corsHeaders(
  config: ResponseHeadersPolicyCorsConfig | undefined,
  origin: string | undefined,
): Wanted[] {
  const origins = config?.AccessControlAllowOrigins?.Items ?? [];
  if (!config || origin === undefined || !origins.some((each) => originMatches(each, origin))) return [];
  const override = config.OriginOverride;
  const credentials = config.AccessControlAllowCredentials ?? false;
  const list: [string, string | undefined][] = [
    ['Access-Control-Allow-Origin', origins.includes('*') && !credentials ? '*' : origin],
    ['Access-Control-Allow-Credentials', credentials ? 'true' : undefined],
    ['Access-Control-Allow-Headers', config.AccessControlAllowHeaders?.Items?.join(', ')],
    ['Access-Control-Allow-Methods', config.AccessControlAllowMethods?.Items?.join(', ')],
    ['Access-Control-Expose-Headers', config.AccessControlExposeHeaders?.Items?.join(', ')],
    ['Access-Control-Max-Age', config.AccessControlMaxAgeSec?.toString()],
  ];
  return list.flatMap(([name, value]) => (value === undefined ? [] : [want(name, value, override)]));
}

/** `*` stands for any part; without a scheme both match. */
function originMatches(pattern: string, origin: string): boolean {
  const source = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*');
  return new RegExp(`^${pattern.includes('://') ? '' : '(https?://)?'}${source}$`, 'i').test(origin);
}
