import { isIP } from 'node:net';
import type { FallbackBehavior, ForwardedIPPosition } from '@aws-sdk/client-wafv2';
import { headerValues, type InspectionRequest } from './request.ts';

export interface ForwardedAddressConfig {
  readonly HeaderName: string | undefined;
  readonly FallbackBehavior: FallbackBehavior | undefined;
  readonly Position?: ForwardedIPPosition | undefined;
}

/**
 * The addresses to look at, `undefined` when the header is missing (the rule does not apply), or the fallback
 * when an address is not valid. Rate-based rules use the first address only (WAF API reference, ForwardedIPConfig).
 */
export function forwardedAddresses(
  request: InspectionRequest,
  { HeaderName = '', FallbackBehavior, Position = 'FIRST' }: ForwardedAddressConfig,
): readonly string[] | FallbackBehavior | undefined {
  const values = headerValues(request, HeaderName);
  if (values.length === 0) return undefined;
  const all = values
    .join(',')
    .split(',')
    .map((address) => address.trim());
  // ForwardedIPPosition ANY: AWS looks at up to ten addresses.
  const chosen = Position === 'ANY' ? all.slice(0, 10) : [all.at(Position === 'LAST' ? -1 : 0) ?? ''];
  return chosen.every((address) => isIP(address) !== 0) ? chosen : (FallbackBehavior ?? 'NO_MATCH');
}
