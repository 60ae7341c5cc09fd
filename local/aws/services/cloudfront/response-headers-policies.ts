import type {
  ResponseHeadersPolicyConfig,
  ResponseHeadersPolicyCorsConfig,
  ResponseHeadersPolicySecurityHeadersConfig,
} from '@aws-sdk/client-cloudfront';
import { behaviorsOf } from './behaviors.ts';
import { invalidArgument } from './identity.ts';
import type { PolicyKind } from './policy-handlers.ts';
import { checkQuantities } from './quantities.ts';

export const responseHeadersPolicyKind: PolicyKind<ResponseHeadersPolicyConfig> = {
  noun: 'ResponseHeadersPolicy',
  plural: 'ResponseHeadersPolicies',
  path: 'response-headers-policy',
  managed: managedPolicies,
  check,
  isInUse: ({ distributions }, id) =>
    [...distributions.values()].some(({ config }) =>
      behaviorsOf(config).some(({ ResponseHeadersPolicyId }) => ResponseHeadersPolicyId === id),
    ),
  listed: ({ id, type, config, modifiedAt }) => ({
    Type: type,
    ResponseHeadersPolicy: { Id: id, LastModifiedTime: modifiedAt, ResponseHeadersPolicyConfig: config },
  }),
};

function check(given: ResponseHeadersPolicyConfig): ResponseHeadersPolicyConfig {
  checkQuantities(given);
  const {
    CorsConfig,
    SecurityHeadersConfig,
    ServerTimingHeadersConfig,
    CustomHeadersConfig,
    RemoveHeadersConfig,
  } = given;
  if (
    !CorsConfig &&
    !SecurityHeadersConfig &&
    !ServerTimingHeadersConfig &&
    !CustomHeadersConfig &&
    !RemoveHeadersConfig
  )
    throw invalidArgument(
      'The parameter ResponseHeadersPolicyConfig must contain at least one configuration.',
    );
  const names = (CustomHeadersConfig?.Items ?? []).map(({ Header = '' }) => Header.toLowerCase());
  if (new Set(names).size < names.length)
    throw invalidArgument('The parameter CustomHeadersConfig contains duplicates.');
  const anyOrigin = CorsConfig?.AccessControlAllowOrigins?.Items?.includes('*');
  if (CorsConfig?.AccessControlAllowCredentials && anyOrigin)
    throw invalidArgument(
      'The parameter AccessControlAllowCredentials cannot be true when all origins are allowed.',
    );
  return { ...given, Comment: given.Comment ?? '' };
}

/** CloudFront guide, "Use managed response headers policies". */
function managedPolicies(): [string, ResponseHeadersPolicyConfig][] {
  const simple = cors(['GET'], false);
  const preflight = cors(['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS'], true);
  return [
    ['60669652-455b-4ae9-85a4-c4c02393f86c', policy('SimpleCORS', { CorsConfig: simple })],
    ['5cc3b908-e619-4b99-88e5-2cf7f45965bd', policy('CORS-With-Preflight', { CorsConfig: preflight })],
    [
      '67f7725c-6f97-4210-82d7-5512b31e9d03',
      policy('SecurityHeadersPolicy', { SecurityHeadersConfig: securityHeaders }),
    ],
    [
      'e61eb60c-9c35-4d20-a928-2b84e02af89c',
      policy('CORS-and-SecurityHeadersPolicy', {
        CorsConfig: simple,
        SecurityHeadersConfig: securityHeaders,
      }),
    ],
    [
      'eaab4381-ed33-4a86-88ca-d9558dc6cd63',
      policy('CORS-with-preflight-and-SecurityHeadersPolicy', {
        CorsConfig: preflight,
        SecurityHeadersConfig: securityHeaders,
      }),
    ],
  ];
}

const securityHeaders: ResponseHeadersPolicySecurityHeadersConfig = {
  XSSProtection: { Override: false, Protection: true, ModeBlock: true },
  FrameOptions: { Override: false, FrameOption: 'SAMEORIGIN' },
  ReferrerPolicy: { Override: false, ReferrerPolicy: 'strict-origin-when-cross-origin' },
  ContentTypeOptions: { Override: true },
  StrictTransportSecurity: {
    Override: false,
    IncludeSubdomains: false,
    Preload: false,
    AccessControlMaxAgeSec: 31_536_000,
  },
};

type CorsMethod = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'PATCH' | 'DELETE' | 'OPTIONS';

function cors(methods: CorsMethod[], exposes: boolean): ResponseHeadersPolicyCorsConfig {
  const any = { Quantity: 1, Items: ['*'] };
  return {
    AccessControlAllowOrigins: any,
    AccessControlAllowHeaders: any,
    AccessControlAllowMethods: { Quantity: methods.length, Items: methods },
    AccessControlAllowCredentials: false,
    AccessControlExposeHeaders: exposes ? any : undefined,
    OriginOverride: false,
  };
}

function policy(
  name: string,
  parts: Pick<ResponseHeadersPolicyConfig, 'CorsConfig' | 'SecurityHeadersConfig'>,
): ResponseHeadersPolicyConfig {
  return { Name: `Managed-${name}`, Comment: '', ...parts };
}
