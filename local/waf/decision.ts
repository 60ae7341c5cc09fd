import type { Evaluation } from './evaluate.ts';
import type { InspectionRequest } from './request.ts';
import type { CompiledWebAcl } from './web-acl.ts';

/** One line of a web ACL's log (WAF Developer Guide, "Log fields for web ACL traffic"). */
export interface Decision {
  readonly timestamp: number;
  readonly formatVersion: 1;
  readonly webaclId: string;
  readonly terminatingRuleId: string;
  readonly terminatingRuleType: 'REGULAR' | 'RATE_BASED';
  readonly action: 'ALLOW' | 'BLOCK';
  readonly terminatingRuleMatchDetails: readonly object[];
  readonly httpSourceName: 'CF' | 'ALB';
  readonly httpSourceId: string;
  readonly ruleGroupList: readonly object[];
  readonly rateBasedRuleList: readonly object[];
  readonly nonTerminatingMatchingRules: readonly { readonly ruleId: string; readonly action: 'COUNT' }[];
  readonly requestHeadersInserted: readonly { readonly name: string; readonly value: string }[] | null;
  readonly responseCodeSent: number | null;
  readonly httpRequest: {
    readonly clientIp: string;
    readonly country: string;
    readonly headers: readonly { readonly name: string; readonly value: string }[];
    readonly uri: string;
    readonly args: string;
    readonly httpVersion: string;
    readonly httpMethod: string;
    readonly requestId: string;
  };
  readonly labels?: readonly { readonly name: string }[];
}

export function describeDecision(
  acl: CompiledWebAcl,
  request: InspectionRequest,
  evaluation: Evaluation,
  now: Date,
): Decision {
  const { inspection, labels } = evaluation;
  return {
    timestamp: now.getTime(),
    formatVersion: 1,
    webaclId: acl.arn,
    terminatingRuleId: evaluation.terminatingRule,
    terminatingRuleType: evaluation.terminatingType,
    action: inspection.action === 'allow' ? 'ALLOW' : 'BLOCK',
    terminatingRuleMatchDetails: [],
    httpSourceName: acl.arn.includes(':global/') ? 'CF' : 'ALB',
    httpSourceId: '-',
    ruleGroupList: [],
    rateBasedRuleList: rateBasedRules(acl, evaluation),
    nonTerminatingMatchingRules: evaluation.counted.map((ruleId) => ({ ruleId, action: 'COUNT' })),
    requestHeadersInserted: insertedHeaders(evaluation),
    responseCodeSent: inspection.action === 'block' && inspection.custom ? inspection.status : null,
    httpRequest: describeRequest(request),
    ...(labels.length > 0 && { labels: labels.map((name) => ({ name })) }),
  };
}

function rateBasedRules(acl: CompiledWebAcl, { rates }: Evaluation): object[] {
  return rates
    .filter(({ limited }) => limited)
    .map(({ rule, key }) => {
      const rate = acl.source.Rules?.find(({ Name }) => Name === rule)?.Statement?.RateBasedStatement;
      return {
        rateBasedRuleName: rule,
        limitKey: rate?.AggregateKeyType === 'CUSTOM_KEYS' ? 'CUSTOMKEYS' : rate?.AggregateKeyType,
        limitValue: key,
        maxRateAllowed: Number(rate?.Limit),
        evaluationWindowSec: String(rate?.EvaluationWindowSec ?? 300),
      };
    });
}

function insertedHeaders({ inspection }: Evaluation): { name: string; value: string }[] | null {
  if (inspection.action === 'block' || inspection.insertHeaders.length === 0) return null;
  return inspection.insertHeaders.map(([name, value]) => ({ name, value }));
}

function describeRequest(request: InspectionRequest): Decision['httpRequest'] {
  return {
    clientIp: request.clientIp,
    country: '-',
    headers: request.headers.map(([name, value]) => ({ name, value })),
    uri: request.path,
    args: request.query,
    httpVersion: request.httpVersion ?? 'HTTP/1.1',
    httpMethod: request.method,
    requestId: request.requestId ?? '',
  };
}
