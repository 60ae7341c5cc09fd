import type {
  CachePolicyConfig,
  CachePolicyHeaderBehavior,
  ParametersInCacheKeyAndForwardedToOrigin,
} from '@aws-sdk/client-cloudfront';
import { AwsError } from '../../service.ts';
import { behaviorsOf } from './behaviors.ts';
import { invalidArgument } from './identity.ts';
import type { PolicyKind } from './policy-handlers.ts';
import { checkQuantities } from './quantities.ts';

export const cachePolicyKind: PolicyKind<CachePolicyConfig> = {
  noun: 'CachePolicy',
  plural: 'CachePolicies',
  path: 'cache-policy',
  managed: managedPolicies,
  check,
  isInUse: ({ distributions }, id) =>
    [...distributions.values()].some(({ config }) =>
      behaviorsOf(config).some(({ CachePolicyId }) => CachePolicyId === id),
    ),
  listed: ({ id, type, config, modifiedAt }) => ({
    Type: type,
    CachePolicy: { Id: id, LastModifiedTime: modifiedAt, CachePolicyConfig: config },
  }),
};

/** Defaults: CloudFront API reference, CachePolicyConfig. */
function check(given: CachePolicyConfig): CachePolicyConfig {
  checkQuantities(given);
  const { MinTTL = 0 } = given;
  const DefaultTTL = given.DefaultTTL ?? Math.max(86_400, MinTTL);
  const MaxTTL = given.MaxTTL ?? Math.max(31_536_000, DefaultTTL);
  if (MinTTL < 0 || MinTTL > DefaultTTL || DefaultTTL > MaxTTL)
    throw invalidArgument('The parameters MinTTL, DefaultTTL and MaxTTL must be in ascending order.');
  const parameters = given.ParametersInCacheKeyAndForwardedToOrigin ?? nothing;
  checkKey(parameters, MaxTTL);
  return {
    ...given,
    Comment: given.Comment ?? '',
    MinTTL,
    DefaultTTL,
    MaxTTL,
    ParametersInCacheKeyAndForwardedToOrigin: {
      ...parameters,
      EnableAcceptEncodingBrotli: parameters.EnableAcceptEncodingBrotli ?? false,
    },
  };
}

function checkKey(parameters: ParametersInCacheKeyAndForwardedToOrigin, maxTtl: number): void {
  const { HeadersConfig, CookiesConfig, QueryStringsConfig } = parameters;
  const compressed = parameters.EnableAcceptEncodingGzip || parameters.EnableAcceptEncodingBrotli;
  const behaviors = [
    ['HeaderBehavior', HeadersConfig?.HeaderBehavior, HeadersConfig?.Headers?.Quantity],
    ['CookieBehavior', CookiesConfig?.CookieBehavior, CookiesConfig?.Cookies?.Quantity],
    [
      'QueryStringBehavior',
      QueryStringsConfig?.QueryStringBehavior,
      QueryStringsConfig?.QueryStrings?.Quantity,
    ],
  ] as const;
  for (const [name, behavior, quantity] of behaviors) {
    if (maxTtl === 0 && (behavior !== 'none' || compressed))
      throw invalidArgument(`The parameter ${name} is invalid for policy with caching disabled.`);
    const lists = behavior === 'whitelist' || behavior === 'allExcept';
    if (lists !== (quantity ?? 0) > 0)
      throw invalidArgument(`The parameter ${name} does not fit the list that goes with it.`);
  }
  const headers = HeadersConfig?.Headers?.Items ?? [];
  if (headers.length > 10)
    throw new AwsError(
      'TooManyHeadersInCachePolicy',
      'The number of headers in the cache policy exceeds the maximum.',
    );
  if (compressed && headers.some((name) => name.toLowerCase() === 'accept-encoding'))
    throw invalidArgument(
      'The parameter Headers contains Accept-Encoding, which the cache policy adds itself.',
    );
}

const nothing = key({ encodings: false, headers: [], cookies: 'none', query: 'none' });

/** CloudFront guide, "Use managed cache policies". */
function managedPolicies(): [string, CachePolicyConfig][] {
  const overrides = ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'];
  const byOrigin = { encodings: true, headers: ['host', 'origin', ...overrides], cookies: 'all' } as const;
  const plain = { headers: [], cookies: 'none', query: 'none' } as const;
  return [
    [
      '658327ea-f89d-4fab-a63d-7e88639e58f6',
      policy('CachingOptimized', [1, 86_400, 31_536_000], key({ encodings: true, ...plain })),
    ],
    [
      'b2884449-e4de-46a7-ac36-70bc7f1ddd6d',
      policy(
        'CachingOptimizedForUncompressedObjects',
        [1, 86_400, 31_536_000],
        key({ encodings: false, ...plain }),
      ),
    ],
    [
      '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
      policy('CachingDisabled', [0, 0, 0], key({ encodings: false, ...plain })),
    ],
    [
      '83da9c7e-98b4-4e11-a168-04f0df8e2c65',
      policy('UseOriginCacheControlHeaders', [0, 0, 31_536_000], key({ ...byOrigin, query: 'none' })),
    ],
    [
      '4cc15a8a-d715-48a4-82b8-cc0b614638fe',
      policy(
        'UseOriginCacheControlHeaders-QueryStrings',
        [0, 0, 31_536_000],
        key({ ...byOrigin, query: 'all' }),
      ),
    ],
  ];
}

function policy(
  name: string,
  [MinTTL, DefaultTTL, MaxTTL]: [number, number, number],
  parameters: ParametersInCacheKeyAndForwardedToOrigin,
): CachePolicyConfig {
  return {
    Name: `Managed-${name}`,
    Comment: '',
    MinTTL,
    DefaultTTL,
    MaxTTL,
    ParametersInCacheKeyAndForwardedToOrigin: parameters,
  };
}

interface Key {
  readonly encodings: boolean;
  readonly headers: readonly string[];
  readonly cookies: 'none' | 'all';
  readonly query: 'none' | 'all';
}

function key({ encodings, headers, cookies, query }: Key): ParametersInCacheKeyAndForwardedToOrigin {
  const HeaderBehavior: CachePolicyHeaderBehavior = headers.length > 0 ? 'whitelist' : 'none';
  const Headers = headers.length > 0 ? { Quantity: headers.length, Items: [...headers] } : undefined;
  return {
    EnableAcceptEncodingGzip: encodings,
    EnableAcceptEncodingBrotli: encodings,
    HeadersConfig: { HeaderBehavior, Headers },
    CookiesConfig: { CookieBehavior: cookies },
    QueryStringsConfig: { QueryStringBehavior: query },
  };
}
