import { debuglog } from 'node:util';
import { type Answer, discardBody } from './answer.ts';
import { readStart } from './body-start.ts';
import { deliver } from './deliver.ts';
import { type Behaviour, behaviourFor, type Distribution } from './distribution.ts';
import type { EdgeContext, Exchange } from './exchange.ts';
import { withHeaders } from './headers.ts';
import { ownError, redirectToHttps } from './own-answer.ts';
import { serve } from './serve.ts';
import { tunnel } from './tunnel.ts';
import type { Viewer } from './viewer.ts';

/** Answers one request: distribution, web ACL, behaviour, cache and origin, error page. Never rejects. */
export async function handle(
  edge: EdgeContext,
  findDistribution: (host: string) => Distribution | undefined,
  viewer: Viewer,
): Promise<void> {
  const requestId = edge.nextRequestId();
  const request: Request = { edge, viewer, requestId };
  try {
    await answer(request, findDistribution);
  } catch (error) {
    if (!viewer.closed) log('%s %s %o', viewer.method, viewer.path, error);
    viewer.abort();
  }
}

const log = debuglog('stormproof:edge');

interface Request {
  readonly edge: EdgeContext;
  readonly viewer: Viewer;
  readonly requestId: string;
}

async function answer(request: Request, find: (host: string) => Distribution | undefined): Promise<void> {
  const { viewer, edge, requestId } = request;
  const distribution = find(viewer.host);
  const refusal = refuse(request, distribution, find);
  if (!distribution || refusal)
    return deliver({ edge, viewer, requestId, behaviour: undefined }, refusal ?? unknownHost(request));
  const behaviour = behaviourFor(distribution, viewer.path);
  const exchange = newExchange(request, distribution, behaviour);
  const inspected = await inspect(exchange);
  if ('status' in inspected) {
    const blocked = inspected.passesErrorPages ? await withErrorPage(exchange, inspected) : inspected;
    return deliver({ edge, viewer, requestId, behaviour }, blocked);
  }
  const admitted = { ...exchange, ...inspected };
  const turnedAway = turnAway(admitted);
  if (turnedAway) return deliver({ edge, viewer, requestId, behaviour }, turnedAway);
  if (viewer.upgrade) return tunnel(admitted);
  const served = await withErrorPage(admitted, await serve(admitted));
  deliver({ edge, viewer, requestId, behaviour }, served);
}

/** What is wrong with the request whatever the distribution says. */
function refuse(
  { viewer, requestId }: Request,
  distribution: Distribution | undefined,
  find: (host: string) => Distribution | undefined,
): Answer | undefined {
  if (viewer.host === '') return ownError(400, 'Bad request.', requestId);
  // "Quotas": the length of a URL. 8,192 bytes.
  if (viewer.path.length + viewer.query.length > 8191)
    return ownError(414, 'The request URI is too long.', requestId);
  if (viewer.tls && distribution && find(viewer.tls.serverName) !== distribution)
    return ownError(
      421,
      'The distribution does not match the certificate for which the connection was made.',
      requestId,
    );
  return undefined;
}

function unknownHost({ requestId }: Request): Answer {
  return ownError(
    403,
    "Bad request. We can't connect to the server for this app or website at this time.",
    requestId,
  );
}

function newExchange(
  { edge, viewer, requestId }: Request,
  distribution: Distribution,
  behaviour: Behaviour,
): Exchange {
  const gone = new AbortController();
  viewer.onGone(() => gone.abort(new Error('The viewer is gone')));
  const { defaultRootObject } = distribution;
  const path = viewer.path === '/' && defaultRootObject !== '' ? `/${defaultRootObject}` : viewer.path;
  const { method, query, headers, body } = viewer;
  const signal = gone.signal;
  return { edge, viewer, requestId, distribution, behaviour, method, path, query, headers, body, signal };
}

type Inspected = Pick<Exchange, 'headers' | 'body'> | (Answer & { readonly passesErrorPages: boolean });

async function inspect({ edge, viewer, requestId, distribution }: Exchange): Promise<Inspected> {
  const { headers, method, path, query, body } = viewer;
  if (!distribution.webAclArn) return { headers, body };
  const [start, whole] = body ? await readStart(body, inspectedBytes) : [];
  const decision = await edge.inspect({
    webAclArn: distribution.webAclArn,
    clientIp: viewer.address,
    method,
    path,
    query,
    headers,
    body: start,
    requestId,
    httpVersion: `HTTP/${viewer.httpVersion}`,
  });
  if (decision.action === 'allow')
    return { headers: withHeaders(headers, decision.insertHeaders), body: whole };
  if (!decision.custom)
    return { ...ownError(decision.status, 'Request blocked.', requestId), passesErrorPages: true };
  const length = ['Content-Length', String(decision.body?.length ?? 0)] as const;
  return {
    status: decision.status,
    headers: withHeaders(decision.headers, [length]),
    body: decision.body ?? Buffer.alloc(0),
    result: 'Error',
    passesErrorPages: false,
  };
}

/** The most that a web ACL of a distribution can be set to inspect, and one byte that says that there is more. */
const inspectedBytes = 64 * 1024 + 1;

const knownMethods: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'PATCH',
  'POST',
  'DELETE',
]);

/** Viewer protocol policy and allowed methods. */
function turnAway({ viewer, behaviour, requestId }: Exchange): Answer | undefined {
  const { method, scheme, host, path, query } = viewer;
  if (scheme === 'http' && behaviour.viewerProtocol === 'redirect-to-https')
    return redirectToHttps(method, host, query === '' ? path : `${path}?${query}`);
  if (scheme === 'http' && behaviour.viewerProtocol === 'https-only')
    return ownError(403, 'Bad request.', requestId);
  if (!knownMethods.has(method)) return ownError(405, 'This method is not supported.', requestId);
  if (!behaviour.allowedMethods.has(method)) return ownError(403, forbiddenMethod, requestId);
  if (viewer.body && (method === 'GET' || method === 'HEAD')) return ownError(403, 'Bad request.', requestId);
  return undefined;
}

const forbiddenMethod =
  'This distribution is not configured to allow the HTTP request method that was used for this request. The distribution supports only cachable requests.';

/**
 * The error page in the place of the error. It is fetched through the behaviour of its own path; where it is not there,
 * the viewer gets the status of the page's origin ("Generate custom error responses").
 */
async function withErrorPage(exchange: Exchange, failed: Answer): Promise<Answer> {
  if (failed.status < 400) return failed;
  const page = exchange.distribution.errorPages.choose(failed.status);
  if (!page) return failed;
  discardBody(failed.body);
  const behaviour = behaviourFor(exchange.distribution, page.path);
  const found = await serve({
    ...exchange,
    behaviour,
    method: 'GET',
    path: page.path,
    query: '',
    body: undefined,
  });
  return {
    ...found,
    status: found.status === 200 ? page.responseStatus : found.status,
    result: 'Error',
    ageSec: undefined,
  };
}
