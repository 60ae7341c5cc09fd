import type {
  RateBasedStatement,
  RateBasedStatementCustomKey,
  TextTransformation,
} from '@aws-sdk/client-wafv2';
import { forwardedAddresses } from './forwarded-address.ts';
import { cookiePairs, headerValues, type InspectionRequest, queryPairs } from './request.ts';
import { compileTransformations } from './transformation.ts';

/** `undefined`: the rule does not apply; `'MATCH'`: it applies to this request whatever its rate. */
export type RateKey = { readonly key: string } | 'MATCH' | undefined;

export type AggregationKey = (request: InspectionRequest, labels: ReadonlySet<string>) => RateKey;

/** What requests are counted together (WAF Developer Guide, "Aggregating rate-based rules"). */
export function compileRateKey(statement: RateBasedStatement): AggregationKey {
  const { AggregateKeyType, ForwardedIPConfig = forwardedDefault, CustomKeys = [] } = statement;
  switch (AggregateKeyType) {
    case 'IP':
      return ({ clientIp }) => ({ key: clientIp });
    case 'FORWARDED_IP':
      return (request) => forwardedKey(request, ForwardedIPConfig);
    case 'CONSTANT':
      if (!statement.ScopeDownStatement) {
        throw new TypeError(
          'Cannot compile a rate-based statement: the key type CONSTANT needs a ScopeDownStatement',
        );
      }
      return () => ({ key: 'CONSTANT' });
    case 'CUSTOM_KEYS':
      return joined(CustomKeys.map((custom) => compileCustomKey(custom, ForwardedIPConfig)));
    default:
      throw new TypeError(`Cannot aggregate requests by "${AggregateKeyType}"`);
  }
}

const forwardedDefault: NonNullable<RateBasedStatement['ForwardedIPConfig']> = {
  HeaderName: 'X-Forwarded-For',
  FallbackBehavior: 'NO_MATCH',
};

/** The first address only, which whoever sends the request may have written. */
function forwardedKey(
  request: InspectionRequest,
  { HeaderName, FallbackBehavior }: NonNullable<RateBasedStatement['ForwardedIPConfig']>,
): RateKey {
  const addresses = forwardedAddresses(request, { HeaderName, FallbackBehavior });
  if (typeof addresses === 'object') return { key: addresses[0] ?? '' };
  return addresses === 'MATCH' ? 'MATCH' : undefined;
}

/** A request that lacks one of the keys is not counted. */
function joined(parts: readonly AggregationKey[]): AggregationKey {
  return (request, labels) => {
    const keys: string[] = [];
    for (const part of parts) {
      const key = part(request, labels);
      if (key === undefined || key === 'MATCH') return key;
      keys.push(key.key);
    }
    return { key: JSON.stringify(keys) };
  };
}

function compileCustomKey(
  custom: RateBasedStatementCustomKey,
  forwarded: NonNullable<RateBasedStatement['ForwardedIPConfig']>,
): AggregationKey {
  const { Header, Cookie, QueryArgument, QueryString, HTTPMethod, UriPath, LabelNamespace } = custom;
  if (custom.IP) return ({ clientIp }) => ({ key: clientIp });
  if (custom.ForwardedIP) return (request) => forwardedKey(request, forwarded);
  if (HTTPMethod) return ({ method }) => ({ key: method });
  if (QueryString) return text(QueryString, ({ query }) => query);
  if (UriPath) return text(UriPath, ({ path }) => path);
  if (Header) return text(Header, (request) => headerValues(request, Header.Name ?? '')[0]);
  if (Cookie) return text(Cookie, (request) => firstValue(cookiePairs(request), Cookie.Name));
  if (QueryArgument)
    return text(QueryArgument, (request) => firstValue(queryPairs(request), QueryArgument.Name));
  if (LabelNamespace) return labelKey(LabelNamespace.Namespace ?? '');
  throw new TypeError(`Cannot aggregate requests by the custom key "${Object.keys(custom).join(', ')}"`);
}

function text(
  { TextTransformations }: { TextTransformations: TextTransformation[] | undefined },
  read: (request: InspectionRequest) => string | undefined,
): AggregationKey {
  const transform = compileTransformations(TextTransformations);
  return (request) => {
    const found = read(request);
    return found === undefined ? undefined : { key: transform(found) };
  };
}

function firstValue(pairs: readonly (readonly [string, string])[], name = ''): string | undefined {
  return pairs.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

function labelKey(namespace: string): AggregationKey {
  return (_, labels) => {
    const found = [...labels].filter((label) => label.startsWith(namespace)).toSorted();
    return found.length === 0 ? undefined : { key: found.join(',') };
  };
}
