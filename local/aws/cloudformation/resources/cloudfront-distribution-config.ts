type Values = Readonly<Record<string, unknown>>;

/**
 * The few places where a template's DistributionConfig is not the API's: cached methods stand inside the allowed ones,
 * some names differ by more than capitals (which `toInput` evens out), and what a template may leave out the
 * API demands (CloudFront API Reference, DistributionConfig).
 */
export function distributionProperties(config: Values): Values {
  const { CacheBehaviors, Origins, DefaultCacheBehavior, IPV6Enabled, ...rest } = config;
  return {
    Comment: '',
    ...rest,
    ...(IPV6Enabled === undefined ? {} : { IsIPV6Enabled: IPV6Enabled }),
    Origins: list(Origins).map(origin),
    DefaultCacheBehavior: behavior((DefaultCacheBehavior ?? {}) as Values),
    ...(CacheBehaviors === undefined ? {} : { CacheBehaviors: list(CacheBehaviors).map(behavior) }),
  };
}

function list(value: unknown): readonly Values[] {
  return Array.isArray(value) ? value : [];
}

function origin({ CustomOriginConfig, OriginCustomHeaders, ...rest }: Values): Values {
  const headers = OriginCustomHeaders === undefined ? {} : { CustomHeaders: OriginCustomHeaders };
  if (CustomOriginConfig === undefined) return { ...rest, ...headers };
  return {
    ...rest,
    ...headers,
    CustomOriginConfig: { HTTPPort: 80, HTTPSPort: 443, ...(CustomOriginConfig as Values) },
  };
}

function behavior({ AllowedMethods = ['GET', 'HEAD'], CachedMethods, ...rest }: Values): Values {
  const allowed = AllowedMethods as readonly unknown[];
  const methods = {
    Quantity: allowed.length,
    Items: allowed,
    CachedMethods: CachedMethods ?? ['GET', 'HEAD'],
  };
  return { ...rest, AllowedMethods: methods };
}
