import { isIPv6 } from 'node:net';
import type {
  GetRateBasedStatementManagedKeysRequest,
  GetRateBasedStatementManagedKeysResponse,
  GetSampledRequestsRequest,
  GetSampledRequestsResponse,
  WebACL,
} from '@aws-sdk/client-wafv2';
import type { Handler } from '../../service.ts';
import { AwsError } from '../../service.ts';
import { rangeViolations, refuse } from './constraints.ts';
import { invalidParameter, nonexistent, reasons } from './errors.ts';
import { findItem } from './item.ts';
import type { Wafv2State } from './state.ts';

/** What the data plane saw. */
export function trafficHandlers(state: Wafv2State): Record<string, Handler> {
  const { sampledRequests } = state.ports;
  return {
    GetRateBasedStatementManagedKeys: (input: GetRateBasedStatementManagedKeysRequest) =>
      managedKeys(state, input),
    ...(sampledRequests && {
      GetSampledRequests: (input: GetSampledRequestsRequest) => sample(state, sampledRequests, input),
    }),
  };
}

function managedKeys(
  state: Wafv2State,
  input: GetRateBasedStatementManagedKeysRequest,
): GetRateBasedStatementManagedKeysResponse {
  const { WebACLName: Name, WebACLId: Id, Scope, RuleName = '', RuleGroupRuleName } = input;
  const { arn, content } = findItem(state.webAcls, { Name, Id, Scope });
  const rule = content.Rules?.find((candidate) => candidate.Name === RuleName);
  if (!rule || RuleGroupRuleName !== undefined) throw nonexistent();
  const rate = rule.Statement?.RateBasedStatement;
  if (!rate) throw invalidParameter('RATE_BASED_STATEMENT', RuleName, 'The rule is not rate-based.');
  if (rate.AggregateKeyType !== 'IP' && rate.AggregateKeyType !== 'FORWARDED_IP')
    throw new AwsError(
      'WAFUnsupportedAggregateKeyTypeException',
      'The rule that you’ve named doesn’t aggregate solely on the IP address or solely on the forwarded IP address.',
    );
  const keys = state.ports.rateKeys(arn, RuleName);
  const ranges = (version6: boolean) =>
    keys.filter((key) => isIPv6(key) === version6).map((key) => `${key}/${version6 ? 128 : 32}`);
  return {
    ManagedKeysIPV4: { IPAddressVersion: 'IPV4', Addresses: ranges(false) },
    ManagedKeysIPV6: { IPAddressVersion: 'IPV6', Addresses: ranges(true) },
  };
}

/** WAF API reference, GetSampledRequests: a time range of the previous three hours. */
const longestMs = 3 * 3_600_000;

function sample(
  { context, webAcls }: Wafv2State,
  sampledRequests: SampledRequests,
  { WebAclArn = '', RuleMetricName = '', Scope, TimeWindow, MaxItems = 1 }: GetSampledRequestsRequest,
): GetSampledRequestsResponse {
  refuse(rangeViolations('maxItems', MaxItems, [1, 500]));
  const acl = webAcls.get(WebAclArn);
  if (acl?.scope !== Scope || !acl || !metricNames(acl.content).includes(RuleMetricName)) throw nonexistent();
  const { StartTime, EndTime } = TimeWindow ?? {};
  if (!StartTime || !EndTime || StartTime > EndTime)
    throw invalidParameter('WEB_ACL', 'TimeWindow', reasons.format);
  const earliest = new Date(context.clock.now().getTime() - longestMs);
  const window = { StartTime: StartTime < earliest ? earliest : StartTime, EndTime };
  return {
    ...sampledRequests({ webAclArn: WebAclArn, metricName: RuleMetricName, window, limit: MaxItems }),
    TimeWindow: window,
  };
}

export type SampledRequests = (query: {
  readonly webAclArn: string;
  /** A rule's, or the web ACL's own for requests that met the default action. */
  readonly metricName: string;
  readonly window: { readonly StartTime: Date; readonly EndTime: Date };
  readonly limit: number;
}) => Pick<GetSampledRequestsResponse, 'SampledRequests' | 'PopulationSize'>;

function metricNames({ Rules = [], VisibilityConfig }: WebACL): (string | undefined)[] {
  return [VisibilityConfig, ...Rules.map((rule) => rule.VisibilityConfig)].map(
    (config) => config?.MetricName,
  );
}
