import type { QueryStringKeyValuePair, RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import { compileAddresses } from './addresses.ts';
import { hostName, type RequestHead, valuesOf } from './request-head.ts';

/** Whether a request meets one condition of a rule (ELB User Guide, "Condition types for listener rules"). */
export function meets(condition: RuleCondition, request: RequestHead): boolean {
  return conditions[condition.Field ?? '']?.(condition, request) ?? false;
}

type Test = (condition: RuleCondition, request: RequestHead) => boolean;

const conditions: Readonly<Record<string, Test>> = {
  'host-header': ({ Values, HostHeaderConfig, RegexValues }, request) => {
    const host = hostName(request).toLowerCase();
    const wanted = (HostHeaderConfig?.Values ?? Values ?? []).map((value) => value.toLowerCase());
    return (
      wanted.some((value) => like(value, host)) || regexes(HostHeaderConfig?.RegexValues ?? RegexValues, host)
    );
  },
  'path-pattern': ({ Values, PathPatternConfig, RegexValues }, { path }) =>
    (PathPatternConfig?.Values ?? Values ?? []).some((value) => like(value, path)) ||
    regexes(PathPatternConfig?.RegexValues ?? RegexValues, path),
  'http-header': ({ HttpHeaderConfig }, request) =>
    valuesOf(request, (HttpHeaderConfig?.HttpHeaderName ?? '').toLowerCase()).some(
      (value) =>
        (HttpHeaderConfig?.Values ?? []).some((wanted) => like(wanted.toLowerCase(), value.toLowerCase())) ||
        regexes(HttpHeaderConfig?.RegexValues, value),
    ),
  'http-request-method': ({ Values, HttpRequestMethodConfig }, { method }) =>
    (HttpRequestMethodConfig?.Values ?? Values ?? []).includes(method),
  'query-string': ({ QueryStringConfig }, { query }) =>
    (QueryStringConfig?.Values ?? []).some((wanted) => hasArgument(query, wanted)),
  // The peer's address; forwarded addresses are an `http-header` condition's business.
  'source-ip': ({ Values, SourceIpConfig }, { clientIp }) =>
    compileAddresses(SourceIpConfig?.Values ?? Values ?? [])(clientIp),
};

export const conditionFields: readonly string[] = Object.keys(conditions);

/** `*` stands for any characters, `?` for exactly one. */
function like(pattern: string, text: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(text);
}

function regexes(patterns: readonly string[] = [], text: string): boolean {
  return patterns.some((pattern) => new RegExp(pattern).test(text));
}

function hasArgument(query: string, { Key, Value = '' }: QueryStringKeyValuePair): boolean {
  return query.split('&').some((argument) => {
    const at = argument.indexOf('=');
    const key = (at < 0 ? argument : argument.slice(0, at)).toLowerCase();
    const value = (at < 0 ? '' : argument.slice(at + 1)).toLowerCase();
    return (Key === undefined || like(Key.toLowerCase(), key)) && like(Value.toLowerCase(), value);
  });
}
