import { isIPv4, isIPv6 } from 'node:net';
import type { RRType } from '@aws-sdk/client-route-53';

/** What is wrong with a value of this type, as Route 53 says it; undefined when nothing is. */
export function recordValueProblem(type: RRType, value: string): string | undefined {
  const check = checks[type];
  const problem = check?.(value);
  return problem && `Invalid Resource Record: 'FATAL problem: ${problem} encountered with '${value}''`;
}

/** Types that have no entry here are not accepted: nothing in a stack serves them. */
export function isSupportedType(type: RRType): boolean {
  return type in checks;
}

const checks: Partial<Record<RRType, (value: string) => string | undefined>> = {
  A: (value) => (isIPv4(value) ? undefined : 'ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)'),
  AAAA: (value) =>
    isIPv6(value) ? undefined : 'AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)',
  CAA: (value) =>
    /^(0|[1-9]\d{0,2}) [a-z0-9]+ "[^"]*"$/i.test(value)
      ? undefined
      : 'CAARRDATAIncorrectFormat (Value should be of the form: flags tag "value")',
  CNAME: domainProblem,
  MX: (value) =>
    /^\d{1,5} \S+$/.test(value) ? undefined : 'MXRRDATATwoFields (MX record does not have 2 fields)',
  NS: domainProblem,
  PTR: domainProblem,
  SOA: (value) =>
    /^\S+ \S+( \d+){5}$/.test(value)
      ? undefined
      : 'SOARRDATAIncorrectFormat (SOA record does not have 7 fields)',
  SRV: (value) =>
    /^\d+ \d+ \d+ \S+$/.test(value) ? undefined : 'SRVRRDATAFourFields (SRV record does not have 4 fields)',
  TXT: textProblem,
};

function domainProblem(value: string): string | undefined {
  const labels = value.replace(/\.$/, '').split('.');
  const valid = labels.every((label) => /^[^\s.]{1,63}$/.test(label));
  return valid ? undefined : 'DomainLabelEmpty (Domain label is empty)';
}

function textProblem(value: string): string | undefined {
  if (!/^"([^"\\]|\\.)*"(\s+"([^"\\]|\\.)*")*$/.test(value))
    return 'InvalidCharacterString (Value should be enclosed in quotation marks)';
  const tooLong = (value.match(/"([^"\\]|\\.)*"/g) ?? []).some((part) => part.length - 2 > 255);
  return tooLong ? 'CharacterStringTooLong (Value is too long)' : undefined;
}
