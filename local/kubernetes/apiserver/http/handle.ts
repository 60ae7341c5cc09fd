import type { IncomingMessage, ServerResponse } from 'node:http';
import { openApiIndex, openApiV2, openApiV3 } from '../openapi/documents.ts';
import type { User } from '../request.ts';
import { findResource } from '../resources.ts';
import { methodNotAllowed, noSuchPath, statusError } from '../status.ts';
import { authenticate } from './authentication.ts';
import { authorize } from './authorization.ts';
import type { Call, ServerContext } from './call.ts';
import { discover } from './discovery.ts';
import { negotiate } from './media-types.ts';
import type { RequestInfo } from './request-info.ts';
import { readRequestInfo } from './request-info.ts';
import type { Handler } from './resource-handlers.ts';
import { resourceHandlers } from './resource-handlers.ts';
import type { Answer } from './respond.ts';
import { respond, respondError } from './respond.ts';
import { subresourceHandlers } from './subresource-handlers.ts';
import { version } from './version.ts';

/** Answers one HTTP request: who asks, may they, what do they ask for. */
export async function handle(
  context: ServerContext,
  tokens: Readonly<Record<string, User>>,
  http: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const info = readRequestInfo(http.method ?? 'GET', http.url ?? '/');
    const user = authenticate(http, tokens);
    authorize(user, info, context.access);
    if (info.resource) await handleResource({ ...context, http, response, user, info, path: info.resource });
    else respond(response, answerPath(context, http, info));
  } catch (error) {
    respondError(response, error);
  }
}

async function handleResource(call: Omit<Call, 'resource'>): Promise<void> {
  const { path, info } = call;
  const resource = findResource(path);
  if (!resource || (path.name !== undefined && path.namespace === undefined && resource.namespaced)) {
    throw noSuchPath();
  }
  if (path.namespace !== undefined && !resource.namespaced) throw noSuchPath();
  const { subresource } = path;
  const served = subresource ? resource.subresources.find(({ name }) => name === subresource) : resource;
  if (!served) throw noSuchPath();
  const handler: Handler | undefined = subresource
    ? subresourceHandlers[`${subresource} ${info.verb}`]
    : resourceHandlers[info.verb];
  if (!handler || !served.verbs.includes(info.verb)) throw methodNotAllowed(resource, info.verb);
  await handler({ ...call, resource });
}

function answerPath(context: ServerContext, http: IncomingMessage, info: RequestInfo): Answer {
  const { path, verb, query } = info;
  if (verb !== 'get' && verb !== 'head') throw statusError(405, 'MethodNotAllowed', 'method not allowed');
  if (isHealth(path)) return { status: 200, body: healthText(path, query), contentType: plainText };
  if (path === '/version' || path === '/version/') return { status: 200, body: version };
  if (path.startsWith('/openapi/')) return answerOpenApi(http, path);
  const { as, version: asVersion } = negotiate(http, ['APIGroupDiscoveryList']);
  const aggregated = as !== undefined && asVersion === 'v2';
  const body = path === '/' ? rootPaths : discover(path, aggregated, context.address);
  if (!body) throw noSuchPath();
  return { status: 200, body, contentType: aggregated ? aggregatedType : 'application/json' };
}

const plainText = 'text/plain; charset=utf-8';
const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const healthPaths = ['/healthz', '/livez', '/readyz'];
const rootPaths = {
  paths: ['/api', '/api/v1', '/apis', ...healthPaths, '/openapi/v2', '/openapi/v3', '/version'],
};

function isHealth(path: string): boolean {
  return healthPaths.some((known) => path === known || path === `${known}/ping`);
}

function healthText(path: string, query: URLSearchParams): string {
  if (query.get('verbose') === null || path.endsWith('/ping')) return 'ok';
  return `[+]ping ok\n${path.slice(1)} check passed\n`;
}

function answerOpenApi(http: IncomingMessage, path: string): Answer {
  negotiate(http, []);
  const document = path.slice('/openapi/v3/'.length);
  const body = path === '/openapi/v2' ? openApiV2() : document === '' ? openApiIndex() : openApiV3(document);
  if (!body) throw noSuchPath();
  return { status: 200, body };
}
