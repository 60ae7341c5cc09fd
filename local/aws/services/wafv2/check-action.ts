import type {
  CustomHTTPHeader,
  CustomResponse,
  CustomResponseBody,
  DefaultAction,
  Rule,
  RuleAction,
} from '@aws-sdk/client-wafv2';
import { rangeViolations, refuse, texts, textViolations } from './constraints.ts';
import { invalidParameter, reasons } from './errors.ts';

export type ResponseBodies = Readonly<Record<string, CustomResponseBody>>;

export function checkDefaultAction(action: DefaultAction, bodies: ResponseBodies): void {
  if (Object.keys(action).length !== 1)
    throw invalidParameter('DEFAULT_ACTION', 'DefaultAction', reasons.exactlyOne);
  checkHandling(action, bodies);
}

/** Rules that refer to no rule group have an action and no override action (WAF API reference, Rule). */
export function checkRuleAction({ Action, OverrideAction }: Rule, bodies: ResponseBodies): void {
  if ((Action === undefined) === (OverrideAction === undefined))
    throw invalidParameter('RULE', 'Rule', reasons.exactlyOne);
  if (Action === undefined || Object.keys(Action).length !== 1)
    throw invalidParameter('RULE_ACTION', 'RuleAction', reasons.exactlyOne);
  checkHandling(Action, bodies);
}

function checkHandling({ Allow, Block, Count }: RuleAction, bodies: ResponseBodies): void {
  const inserted = (Allow ?? Count)?.CustomRequestHandling?.InsertHeaders;
  if (inserted) checkHeaders(inserted);
  if (Block?.CustomResponse) checkResponse(Block.CustomResponse, bodies);
}

/** WAF Developer Guide, "Supported status codes for custom responses". */
const statuses = [
  [200, 201, 202, 204, 206],
  [300, 301, 302, 303, 304, 307, 308],
  [400, 401, 403, 404, 405, 408, 409, 411, 412, 413, 414, 415, 416, 421, 429],
  [500, 501, 502, 503, 504, 505],
].flat();

function checkResponse(response: CustomResponse, bodies: ResponseBodies): void {
  const { ResponseCode: code = 0, CustomResponseBodyKey: key, ResponseHeaders = [] } = response;
  refuse(rangeViolations('responseCode', code, [200, 599]));
  if (!statuses.includes(code)) throw invalidParameter('CUSTOM_RESPONSE', String(code), reasons.format);
  if (key !== undefined && !Object.hasOwn(bodies, key))
    throw invalidParameter('CUSTOM_RESPONSE_BODY', key, 'The custom response body is not defined.');
  checkHeaders(ResponseHeaders);
}

function checkHeaders(headers: readonly CustomHTTPHeader[]): void {
  refuse(
    headers.flatMap(({ Name, Value }) => [
      ...textViolations('name', Name, texts.headerName),
      ...textViolations('value', Value, texts.headerValue),
    ]),
  );
}
