import type { OriginRequestPolicyConfig, OriginRequestPolicyHeadersConfig } from '@aws-sdk/client-cloudfront';
import { behaviorsOf } from './behaviors.ts';
import { invalidArgument } from './identity.ts';
import type { PolicyKind } from './policy-handlers.ts';
import { checkQuantities } from './quantities.ts';

export const originRequestPolicyKind: PolicyKind<OriginRequestPolicyConfig> = {
  noun: 'OriginRequestPolicy',
  plural: 'OriginRequestPolicies',
  path: 'origin-request-policy',
  managed: managedPolicies,
  check,
  isInUse: ({ distributions }, id) =>
    [...distributions.values()].some(({ config }) =>
      behaviorsOf(config).some(({ OriginRequestPolicyId }) => OriginRequestPolicyId === id),
    ),
  listed: ({ id, type, config, modifiedAt }) => ({
    Type: type,
    OriginRequestPolicy: { Id: id, LastModifiedTime: modifiedAt, OriginRequestPolicyConfig: config },
  }),
};

function check(given: OriginRequestPolicyConfig): OriginRequestPolicyConfig {
  checkQuantities(given);
  const { HeadersConfig, CookiesConfig, QueryStringsConfig } = given;
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
    const lists = ['whitelist', 'allExcept', 'allViewerAndWhitelistCloudFront'].includes(behavior ?? '');
    if (lists !== (quantity ?? 0) > 0)
      throw invalidArgument(`The parameter ${name} does not fit the list that goes with it.`);
  }
  const headers = (HeadersConfig?.Headers?.Items ?? []).map((name) => name.toLowerCase());
  const refused = headers.find((name) => neverForwarded.includes(name));
  if (refused && HeadersConfig?.HeaderBehavior !== 'allExcept')
    throw invalidArgument(`The parameter Headers contains ${refused}, which is not allowed.`);
  return { ...given, Comment: given.Comment ?? '' };
}

/** CloudFront guide, "Control origin requests with a policy": headers that a policy cannot name. */
const neverForwarded: readonly string[] = [
  'accept-encoding',
  'authorization',
  'connection',
  'content-length',
  'cookie',
  'expect',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-amz-cf-id',
];

/** CloudFront guide, "Use managed origin request policies". */
function managedPolicies(): [string, OriginRequestPolicyConfig][] {
  return [
    ['216adef6-5c7f-47e4-b989-5492eafa07d3', policy('AllViewer', { HeaderBehavior: 'allViewer' }, 'all')],
    [
      'b689b0a8-53d0-40ab-baf2-68738e2966ac',
      policy('AllViewerExceptHostHeader', named('allExcept', 'host'), 'all'),
    ],
    [
      '59781a5b-3903-41f3-afcb-af62929ccde1',
      policy('CORS-CustomOrigin', named('whitelist', 'origin'), 'none'),
    ],
    [
      '88a5eaf4-2fd4-4709-b370-b4c650ea3fcf',
      policy(
        'CORS-S3Origin',
        named('whitelist', 'origin', 'access-control-request-headers', 'access-control-request-method'),
        'none',
      ),
    ],
    ['bf0718e1-ba1e-49d1-88b1-f726733018ae', policy('HostHeaderOnly', named('whitelist', 'host'), 'none')],
    [
      'acba4595-bd28-49b8-b9fe-13317c0390fa',
      policy('UserAgentRefererHeaders', named('whitelist', 'user-agent', 'referer'), 'none'),
    ],
  ];
}

function named(
  HeaderBehavior: 'whitelist' | 'allExcept',
  ...names: string[]
): OriginRequestPolicyHeadersConfig {
  return { HeaderBehavior, Headers: { Quantity: names.length, Items: names } };
}

function policy(
  name: string,
  HeadersConfig: OriginRequestPolicyHeadersConfig,
  rest: 'all' | 'none',
): OriginRequestPolicyConfig {
  return {
    Name: `Managed-${name}`,
    Comment: '',
    HeadersConfig,
    CookiesConfig: { CookieBehavior: rest },
    QueryStringsConfig: { QueryStringBehavior: rest },
  };
}
