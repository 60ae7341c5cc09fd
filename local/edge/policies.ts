import type { CacheBehavior, DefaultCacheBehavior, ForwardedValues } from '@aws-sdk/client-cloudfront';
import type { KeySettings } from './cache-key.ts';
import type { EdgeConfig } from './config.ts';
import type { TtlBounds } from './freshness.ts';
import { type Selection, selectAll, selection, selectNone } from './selection.ts';

/** What a behaviour's policies say of the cache key, the time in the cache and the request to the origin. */
export interface Policies {
  readonly key: KeySettings;
  readonly ttl: TtlBounds;
  readonly forward: ForwardSettings;
}

export interface ForwardSettings {
  /** Names in lower case; the cache key's headers are among them where the mode lists names. */
  readonly headers: Selection;
  readonly cookies: Selection;
  readonly query: Selection;
  /** `CloudFront-…` headers that the edge makes, in lower case. */
  readonly cloudFrontHeaders: ReadonlySet<string>;
}

type Behavior = CacheBehavior | DefaultCacheBehavior;

export function compilePolicies(behavior: Behavior, config: EdgeConfig): Policies {
  if (!behavior.CachePolicyId) return legacyPolicies(behavior);
  const policy = config.cachePolicies[behavior.CachePolicyId];
  if (!policy)
    throw new RangeError(`Cannot apply a behavior: no cache policy "${behavior.CachePolicyId}" was given`);
  const { MinTTL = 0, DefaultTTL = 86_400, MaxTTL = 31_536_000 } = policy;
  const parameters = policy.ParametersInCacheKeyAndForwardedToOrigin;
  const cookies = parameters?.CookiesConfig;
  const query = parameters?.QueryStringsConfig;
  const key: KeySettings = {
    headers: lowerCase(parameters?.HeadersConfig?.Headers?.Items),
    cookies: selection(cookies?.CookieBehavior, cookies?.Cookies?.Items),
    query: selection(query?.QueryStringBehavior, query?.QueryStrings?.Items),
    gzip: parameters?.EnableAcceptEncodingGzip ?? false,
    brotli: parameters?.EnableAcceptEncodingBrotli ?? false,
  };
  return {
    key,
    ttl: { minSec: MinTTL, defaultSec: Math.max(DefaultTTL, MinTTL), maxSec: Math.max(MaxTTL, MinTTL) },
    forward: forwardSettings(behavior.OriginRequestPolicyId, key, config),
  };
}

function forwardSettings(
  policyId: string | undefined,
  key: KeySettings,
  config: EdgeConfig,
): ForwardSettings {
  if (!policyId) return forwarding(selectNone, selectNone, selectNone, key);
  const policy = config.originRequestPolicies[policyId];
  if (!policy)
    throw new RangeError(`Cannot apply a behavior: no origin request policy "${policyId}" was given`);
  const { HeadersConfig: headers, CookiesConfig: cookies, QueryStringsConfig: query } = policy;
  const names = lowerCase(headers?.Headers?.Items);
  const all =
    headers?.HeaderBehavior === 'allViewer' || headers?.HeaderBehavior === 'allViewerAndWhitelistCloudFront';
  const mode = headers?.HeaderBehavior === 'allExcept' ? 'allExcept' : 'whitelist';
  const selected = all ? { ...selectAll, names: new Set(names) } : selection(mode, names);
  return forwarding(
    headers?.HeaderBehavior === 'none' ? selectNone : selected,
    selection(cookies?.CookieBehavior, cookies?.Cookies?.Items),
    selection(query?.QueryStringBehavior, query?.QueryStrings?.Items),
    key,
  );
}

/** All that is in the cache key goes to the origin too ("Understand origin request policies"). */
function forwarding(
  headers: Selection,
  cookies: Selection,
  query: Selection,
  key: KeySettings,
): ForwardSettings {
  const listed = headers.mode === 'allExcept' ? [] : [...headers.names];
  const cloudFront = [...listed, ...key.headers].filter((name) => name.startsWith('cloudfront-'));
  return { headers: withKeyHeaders(headers, key), cookies, query, cloudFrontHeaders: new Set(cloudFront) };
}

function withKeyHeaders(headers: Selection, key: KeySettings): Selection {
  if (headers.mode === 'all') return headers;
  if (headers.mode === 'allExcept')
    return selection(
      'allExcept',
      [...headers.names].filter((name) => !key.headers.includes(name)),
    );
  return selection('whitelist', [...headers.names, ...key.headers]);
}

/** "Legacy cache settings": headers and cookies that are forwarded are in the key; `*` forwards all and keeps nothing. */
function legacyPolicies({
  ForwardedValues: values,
  MinTTL,
  DefaultTTL,
  MaxTTL,
  Compress,
}: Behavior): Policies {
  const names = lowerCase(values?.Headers?.Items);
  const everything = names.includes('*');
  const key: KeySettings = {
    headers: everything ? [] : names,
    cookies: selection(values?.Cookies?.Forward, values?.Cookies?.WhitelistedNames?.Items),
    query: legacyQuery(values),
    gzip: Compress ?? false,
    brotli: false,
  };
  const ttl = { minSec: MinTTL ?? 0, defaultSec: DefaultTTL ?? 86_400, maxSec: MaxTTL ?? 31_536_000 };
  const query = values?.QueryString ? selectAll : selectNone;
  return {
    key,
    ttl: everything ? { minSec: 0, defaultSec: 0, maxSec: 0 } : ttl,
    forward: forwarding(everything ? selectAll : selectNone, key.cookies, query, key),
  };
}

function legacyQuery(values: ForwardedValues | undefined): Selection {
  if (!values?.QueryString) return selectNone;
  const keys = values.QueryStringCacheKeys?.Items ?? [];
  return keys.length > 0 ? selection('whitelist', keys) : selectAll;
}

function lowerCase(names: readonly string[] = []): string[] {
  return names.map((name) => name.toLowerCase());
}
