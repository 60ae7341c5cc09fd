import type {
  BlockAction,
  CustomHTTPHeader,
  CustomRequestHandling,
  CustomResponse,
  CustomResponseBody,
  WebACL,
} from '@aws-sdk/client-wafv2';
import type { Inspection, InspectionRequest } from './request.ts';
import type { CompiledRule, CompiledWebAcl } from './web-acl.ts';

/** What an evaluation found, enough for the answer, the counters and the log. */
export interface Evaluation {
  readonly inspection: Inspection;
  readonly terminatingRule: string;
  readonly terminatingType: 'REGULAR' | 'RATE_BASED';
  /** Rules whose action was Count, in order. */
  readonly counted: readonly string[];
  /** What the rate-based rules that were reached aggregate this request under. */
  readonly rates: readonly { readonly rule: string; readonly key: string; readonly limited: boolean }[];
  readonly labels: readonly string[];
}

/** Whether a rule limits a key at this moment. */
export type IsLimited = (rule: string, key: string) => boolean;

/** Rules by priority until one decides, else the default action. Pure: counting is left to the caller. */
export function evaluate(acl: CompiledWebAcl, request: InspectionRequest, isLimited: IsLimited): Evaluation {
  const labels = new Set<string>();
  const counted: string[] = [];
  const rates: { rule: string; key: string; limited: boolean }[] = [];
  const insertHeaders: [string, string][] = [];
  for (const rule of acl.rules) {
    if (!ruleMatches(rule, request, { labels, rates, isLimited })) continue;
    for (const label of rule.labels) labels.add(label);
    const { Block, Allow, Count } = rule.action;
    insertHeaders.push(...insertedHeaders((Allow ?? Count)?.CustomRequestHandling));
    const found = { terminatingRule: rule.name, terminatingType: rule.type, counted, rates };
    if (Block) return { ...found, inspection: block(Block, rule.name, acl.source), labels: [...labels] };
    if (Allow) return { ...found, inspection: { action: 'allow', insertHeaders }, labels: [...labels] };
    counted.push(rule.name);
  }
  const inspection = defaultInspection(acl.source, insertHeaders);
  return {
    inspection,
    terminatingRule: defaultRule,
    terminatingType: 'REGULAR',
    counted,
    rates,
    labels: [...labels],
  };
}

const defaultRule = 'Default_Action';

function ruleMatches(
  { name, matches, rate }: CompiledRule,
  request: InspectionRequest,
  found: {
    labels: ReadonlySet<string>;
    rates: { rule: string; key: string; limited: boolean }[];
    isLimited: IsLimited;
  },
): boolean {
  if (!matches(request, found.labels)) return false;
  if (!rate) return true;
  const key = rate.key(request, found.labels);
  if (key === undefined || key === 'MATCH') return key === 'MATCH';
  const limited = found.isLimited(name, key.key);
  found.rates.push({ rule: name, key: key.key, limited });
  return limited;
}

function defaultInspection(acl: WebACL, insertHeaders: [string, string][]): Inspection {
  const { Block, Allow } = acl.DefaultAction ?? {};
  if (Block) return block(Block, defaultRule, acl);
  insertHeaders.push(...insertedHeaders(Allow?.CustomRequestHandling));
  return { action: 'allow', insertHeaders };
}

/** WAF prefixes the names of what it inserts (WAF API reference, CustomHTTPHeader). */
function insertedHeaders(handling: CustomRequestHandling | undefined): [string, string][] {
  return pairs(handling?.InsertHeaders).map(([name, value]) => [`x-amzn-waf-${name.toLowerCase()}`, value]);
}

function block({ CustomResponse: custom }: BlockAction, rule: string, acl: WebACL): Inspection {
  if (!custom) return { action: 'block', status: 403, headers: [], custom: false, rule };
  const page = acl.CustomResponseBodies?.[custom.CustomResponseBodyKey ?? ''];
  return {
    action: 'block',
    status: custom.ResponseCode ?? 403,
    headers: customHeaders(custom, page),
    body: page && Buffer.from(page.Content ?? '', 'utf8'),
    custom: true,
    rule,
  };
}

const contentTypes: Readonly<Record<string, string>> = {
  TEXT_PLAIN: 'text/plain',
  TEXT_HTML: 'text/html',
  APPLICATION_JSON: 'application/json',
};

function customHeaders(custom: CustomResponse, page: CustomResponseBody | undefined): [string, string][] {
  const headers = pairs(custom.ResponseHeaders);
  if (page) headers.push(['content-type', contentTypes[page.ContentType ?? ''] ?? 'text/plain']);
  return headers;
}

function pairs(headers: readonly CustomHTTPHeader[] = []): [string, string][] {
  return headers.map(({ Name, Value }) => [Name ?? '', Value ?? '']);
}
