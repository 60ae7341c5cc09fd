import type { Cookies, FieldToMatch, Headers } from '@aws-sdk/client-wafv2';
import { cookiePairs, headerValues, type InspectionRequest, queryPairs } from './request.ts';

/** The texts (bytes as latin-1) of a part of the request, or the answer when it is too large to inspect. */
export type Extracted = readonly string[] | 'MATCH' | 'NO_MATCH';

export type Extract = (request: InspectionRequest) => Extracted;

/** `bodyLimit`: how many bytes of a body the protected resource hands over. */
export function compileField(field: FieldToMatch | undefined, bodyLimit: number): Extract {
  if (field?.UriPath) return ({ path }) => [path];
  if (field?.QueryString) return ({ query }) => [query];
  if (field?.Method) return ({ method }) => [method];
  if (field?.AllQueryArguments) return (request) => queryPairs(request).map(([, value]) => value);
  if (field?.SingleHeader) return singleHeader(field.SingleHeader.Name ?? '');
  if (field?.SingleQueryArgument) return singleQueryArgument(field.SingleQueryArgument.Name ?? '');
  if (field?.Body) return body(field.Body.OversizeHandling, bodyLimit);
  if (field?.Headers) return headers(field.Headers);
  if (field?.Cookies) return cookies(field.Cookies);
  throw new TypeError(
    `Cannot compile the field to match "${Object.keys(field ?? {}).join(', ')}": expected one of UriPath, QueryString, Method, AllQueryArguments, SingleHeader, SingleQueryArgument, Body, Headers, Cookies`,
  );
}

/** WAF API reference, Headers and Cookies: the first 8 KB, and the first 200. */
const mapLimit = { bytes: 8192, items: 200 };

function singleHeader(name: string): Extract {
  return (request) => {
    const values = headerValues(request, name);
    return values.length === 0 ? [] : [values.join(',')];
  };
}

function singleQueryArgument(name: string): Extract {
  const wanted = name.toLowerCase();
  return (request) =>
    queryPairs(request)
      .filter(([key]) => key.toLowerCase() === wanted)
      .map(([, value]) => value);
}

function body(handling: string | undefined, limit: number): Extract {
  return ({ body: bytes = Buffer.alloc(0) }) => {
    if (bytes.length > limit && (handling === 'MATCH' || handling === 'NO_MATCH')) return handling;
    return [bytes.subarray(0, limit).toString('latin1')];
  };
}

function headers({ MatchPattern, MatchScope, OversizeHandling }: Headers): Extract {
  const wanted = nameFilter(MatchPattern?.IncludedHeaders, MatchPattern?.ExcludedHeaders);
  return ({ headers: all }) => pairs(all, wanted, MatchScope, OversizeHandling);
}

function cookies({ MatchPattern, MatchScope, OversizeHandling }: Cookies): Extract {
  const wanted = nameFilter(MatchPattern?.IncludedCookies, MatchPattern?.ExcludedCookies);
  return (request) => pairs(cookiePairs(request), wanted, MatchScope, OversizeHandling);
}

type Pairs = readonly (readonly [string, string])[];

function pairs(
  all: Pairs,
  wanted: (name: string) => boolean,
  scope: string | undefined,
  handling: string | undefined,
): Extracted {
  const inspected = withinLimit(all);
  if (inspected.length < all.length && (handling === 'MATCH' || handling === 'NO_MATCH')) return handling;
  return inspected
    .filter(([name]) => wanted(name))
    .flatMap(([name, value]) => (scope === 'KEY' ? [name] : scope === 'VALUE' ? [value] : [name, value]));
}

function withinLimit(all: Pairs): Pairs {
  let bytes = 0;
  return all.filter(([name, value], index) => {
    bytes += name.length + value.length;
    return index < mapLimit.items && bytes <= mapLimit.bytes;
  });
}

function nameFilter(
  included: readonly string[] | undefined,
  excluded: readonly string[] | undefined,
): (name: string) => boolean {
  const names = new Set((included ?? excluded ?? []).map((name) => name.toLowerCase()));
  if (included) return (name) => names.has(name.toLowerCase());
  return (name) => !names.has(name.toLowerCase());
}
