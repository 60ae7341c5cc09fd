import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { AccessRecord } from './access-record.ts';
import { ambiguity } from './ambiguous.ts';
import { type BodyPrefix, readBodyPrefix } from './body-prefix.ts';
import { idleTimeoutMs, type ListenerConfig, type LoadBalancerConfig } from './config.ts';
import { type ForwardOutcome, forward } from './forward.ts';
import type { Inspect, Inspection } from './inspection.ts';
import type { Lease } from './member.ts';
import { type OwnAnswer, own, page } from './own-answer.ts';
import { redirectLocation } from './redirect.ts';
import { valuesOf } from './request-head.ts';
import { chooseTargetGroup, route } from './route.ts';
import { type HeaderPairs, targetHeaders } from './target-headers.ts';
import { traceHeader } from './trace-id.ts';
import { answer, type Viewer } from './viewer.ts';

/** What a listener needs of the plane; read anew for each request, so that a new configuration holds at once. */
export interface ExchangeSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly inspect: Inspect;
  readonly now: () => Date;
  readonly loadBalancer: () => LoadBalancerConfig;
  readonly listener: () => ListenerConfig;
  readonly lease: (targetGroupArn: string, localAddress: string) => Lease | undefined;
  readonly onAccess: (record: AccessRecord) => void;
}

/** Serves one request, from reading its head to the end of its response. */
export async function serve(viewer: Viewer, around: ExchangeSurroundings): Promise<void> {
  const exchange: Exchange = {
    viewer,
    around,
    traceHeader: traceHeader(valuesOf(viewer.head, 'x-amzn-trace-id')[0], around.now(), around.random),
    ambiguous: ambiguity(viewer.head, viewer.hasBody) === 'ambiguous',
  };
  const refusal = refuse(viewer);
  if (refusal) return answerItself(exchange, refusal);
  const prefix = await readInspected(exchange);
  if (prefix.state === 'late') return answerItself(exchange, { ...page(408), close: true });
  if (prefix.state === 'left') return record(exchange, 460);
  const inspection = await inspectOrFail(exchange, prefix.bytes);
  if (inspection.action === 'block') return answerItself(exchange, blocked(inspection));
  const action = route(around.listener().rules, viewer.head);
  await perform(exchange, action, { prefix: prefix.bytes, insertHeaders: inspection.insertHeaders });
}

interface Exchange {
  readonly viewer: Viewer;
  readonly around: ExchangeSurroundings;
  readonly traceHeader: string;
  readonly ambiguous: boolean;
}

interface Inspected {
  readonly prefix: Buffer;
  readonly insertHeaders: HeaderPairs;
}

/** ELB User Guide, "HTTP 463": more than 30 addresses. */
const mostForwardedAddresses = 30;

function refuse({ head, hasBody }: Viewer): OwnAnswer | undefined {
  if (ambiguity(head, hasBody) === 'severe') return { ...page(400), close: true };
  if (head.method === 'TRACE') return page(405);
  const forwarded = valuesOf(head, 'x-forwarded-for').join(',').split(',');
  if (forwarded.length > mostForwardedAddresses) return own(463, [], Buffer.alloc(0));
  return undefined;
}

/** Load balancers show the firewall 8 KB of a body (WAF Developer Guide, "Body inspection"). */
const inspectedBodyBytes = 8 * 1024;

async function readInspected({ viewer, around }: Exchange): Promise<BodyPrefix> {
  if (!viewer.hasBody || !around.loadBalancer().webAclArn)
    return { bytes: Buffer.alloc(0), state: 'arrived' };
  const { clock } = around;
  const late = new AbortController();
  const done = new AbortController();
  const waitMs = clock.toStackMs(clock.ioTimeoutWallMs(idleTimeoutMs(around.loadBalancer())));
  clock.after(waitMs, () => late.abort(), done.signal);
  try {
    return await readBodyPrefix(viewer.request, inspectedBodyBytes, late.signal);
  } finally {
    done.abort();
  }
}

async function inspectOrFail({ viewer, around, traceHeader }: Exchange, body: Buffer): Promise<Inspection> {
  const { webAclArn, attributes } = around.loadBalancer();
  if (!webAclArn) return passed;
  const { clientIp, method, path, query, headers, httpVersion } = viewer.head;
  const request = { webAclArn, clientIp, method, path, query, headers, body, requestId: traceHeader };
  try {
    return await around.inspect({ ...request, httpVersion: `HTTP/${httpVersion}` });
  } catch {
    // ELB User Guide, "HTTP 500": the firewall could not decide. It opens only where that was asked for.
    if (attributes['waf.fail_open.enabled'] === 'true') return passed;
    return { action: 'block', status: 500, headers: [], custom: false, rule: 'error' };
  }
}

const passed: Inspection = { action: 'allow', insertHeaders: [] };

function blocked(inspection: Extract<Inspection, { action: 'block' }>): OwnAnswer {
  if (!inspection.custom) return page(inspection.status);
  return own(inspection.status, inspection.headers, inspection.body ?? Buffer.alloc(0));
}

function perform(exchange: Exchange, action: Action | undefined, inspected: Inspected): Promise<void> | void {
  const { viewer } = exchange;
  if (action?.RedirectConfig) {
    const location = redirectLocation(action.RedirectConfig, viewer.head);
    const status = action.RedirectConfig.StatusCode === 'HTTP_302' ? 302 : 301;
    return answerItself(exchange, page(status, [['Location', location]]));
  }
  if (action?.FixedResponseConfig) {
    const { StatusCode, ContentType = 'text/plain', MessageBody = '' } = action.FixedResponseConfig;
    const body = Buffer.from(MessageBody, 'utf8');
    return answerItself(
      exchange,
      own(Number(StatusCode), [['Content-Type', `${ContentType}; charset=utf-8`]], body),
    );
  }
  return passOn(exchange, action ?? { Type: 'forward' }, inspected);
}

async function passOn(
  exchange: Exchange,
  action: Action,
  { prefix, insertHeaders }: Inspected,
): Promise<void> {
  const { viewer, around } = exchange;
  const loadBalancer = around.loadBalancer();
  const group = chooseTargetGroup(action, () => around.random.next());
  const lease = group === undefined ? undefined : around.lease(group, viewer.localAddress);
  if (!lease) return answerItself(exchange, page(503));
  const headers = targetHeaders(viewer.head, {
    attributes: loadBalancer.attributes,
    traceHeader: exchange.traceHeader,
    insertHeaders,
    upgrade: viewer.upgrade !== undefined,
  });
  const idleTimeoutWallMs = around.clock.ioTimeoutWallMs(idleTimeoutMs(loadBalancer));
  const close = exchange.ambiguous;
  const outcome = await forward({ viewer, lease, headers, prefix, idleTimeoutWallMs, close });
  lease.release();
  if (outcome.kind === 'failed') answer(viewer, page(outcome.status));
  record(exchange, statusOf(outcome), { lease, outcome });
}

function answerItself(exchange: Exchange, made: OwnAnswer): void {
  answer(exchange.viewer, made);
  record(exchange, made.status);
}

function statusOf(outcome: ForwardOutcome): number {
  if (outcome.kind === 'answered') return outcome.targetStatus;
  return outcome.kind === 'failed' ? outcome.status : 460;
}

function record(
  { viewer, around, traceHeader }: Exchange,
  elbStatusCode: number,
  sent?: { lease: Lease; outcome: ForwardOutcome },
): void {
  const { head } = viewer;
  around.onAccess({
    time: around.now(),
    loadBalancerArn: around.loadBalancer().arn,
    listenerPort: head.listenerPort,
    client: `${head.clientIp}:${head.clientPort}`,
    target: sent && `${sent.lease.target.id}:${sent.lease.target.port}`,
    elbStatusCode,
    targetStatusCode: sent?.outcome.kind === 'answered' ? sent.outcome.targetStatus : undefined,
    request: `${head.method} ${head.scheme}://${head.host}${head.path}${head.query && `?${head.query}`} HTTP/${head.httpVersion}`,
    traceId: traceHeader,
  });
}
