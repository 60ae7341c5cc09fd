import { type ClientRequest, type IncomingMessage, request as openRequest } from 'node:http';
import { pipeline } from 'node:stream';
import type { Lease } from './member.ts';
import { endToEnd, type HeaderPairs } from './target-headers.ts';
import { joinUpgrade } from './upgrade.ts';
import { brokenOff, socketOf, type Viewer, writeHead } from './viewer.ts';

/** How a request to a target ended. */
export type ForwardOutcome =
  | { readonly kind: 'answered'; readonly targetStatus: number }
  /** Nothing was sent to the viewer yet: the load balancer answers itself. */
  | { readonly kind: 'failed'; readonly status: 408 | 502 | 504 }
  /** The viewer closed first: 460 in the access log. */
  | { readonly kind: 'viewer-left' };

export interface ForwardOptions {
  readonly viewer: Viewer;
  readonly lease: Lease;
  readonly headers: HeaderPairs;
  /** What was already read of the body. */
  readonly prefix: Buffer;
  readonly idleTimeoutWallMs: number;
  /** Neither connection is used again. */
  readonly close: boolean;
}

/** Sends a request to a target, once: whatever happens, it is not sent again, there or elsewhere. */
export function forward(options: ForwardOptions): Promise<ForwardOutcome> {
  const { viewer, lease, idleTimeoutWallMs } = options;
  return new Promise((resolve) => {
    let targetStatus: number | undefined;
    const target = openToTarget(options);
    const end = (outcome: ForwardOutcome): void => {
      target.destroy();
      resolve(targetStatus === undefined ? outcome : { kind: 'answered', targetStatus });
    };
    const fail = (status: 408 | 502 | 504): void => {
      if (targetStatus !== undefined) viewer.response.destroy();
      end(brokenOff(viewer.request) ? { kind: 'viewer-left' } : { kind: 'failed', status });
    };
    lease.onRevoked(() => fail(502));
    target.setTimeout(idleTimeoutWallMs, () => fail(sentWhole(viewer) ? 504 : 408));
    target.on('error', (error: NodeJS.ErrnoException) => fail(error.code === 'ETIMEDOUT' ? 504 : 502));
    target.on('response', (response) => {
      targetStatus = response.statusCode ?? 0;
      relay(options, response, () => resolve({ kind: 'answered', targetStatus: targetStatus ?? 0 }));
    });
    target.on('upgrade', (response, socket, head) => {
      if (!viewer.upgrade) return fail(502);
      targetStatus = response.statusCode ?? 101;
      viewer.response.detachSocket(socketOf(viewer.request));
      joinUpgrade({ response, target: { socket, head }, viewer: viewer.upgrade, idleTimeoutWallMs });
      resolve({ kind: 'answered', targetStatus });
    });
    viewer.response.once('close', () => {
      if (!viewer.response.writableFinished) end({ kind: 'viewer-left' });
    });
    sendBody(options, target);
  });
}

function openToTarget({ viewer, lease, headers, close }: ForwardOptions): ClientRequest {
  const { head } = viewer;
  const framing: [string, string][] = [];
  const has = (name: string): boolean => headers.some(([key]) => key.toLowerCase() === name);
  // Node frames some methods' bodies only when told to, and a body without a frame is the next request.
  if (viewer.hasBody && !has('content-length')) framing.push(['Transfer-Encoding', 'chunked']);
  if (!viewer.hasBody && !has('content-length') && !bodyless.has(head.method)) {
    framing.push(['Content-Length', '0']);
  }
  if (!viewer.upgrade) framing.push(['Connection', close ? 'close' : 'keep-alive']);
  const request = openRequest({
    createConnection: () => lease.pool.take(),
    method: head.method,
    path: head.query === '' ? head.path : `${head.path}?${head.query}`,
    headers: [...headers, ...framing].flat(),
    setHost: false,
    maxHeaderSize: 64 * 1024,
  });
  // Without an Agent, Node takes every connection for used up.
  request.shouldKeepAlive = !close;
  return request;
}

const bodyless = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE']);

function sendBody({ viewer, prefix }: ForwardOptions, target: ClientRequest): void {
  if (!viewer.hasBody) return void target.end();
  if (prefix.length > 0) target.write(prefix);
  if (viewer.request.readableEnded) return void target.end();
  viewer.request.pipe(target, { end: false });
  // What breaks off must not look whole to the target.
  viewer.request.once('end', () => (brokenOff(viewer.request) ? target.destroy() : target.end()));
}

function relay({ viewer, close }: ForwardOptions, response: IncomingMessage, done: () => void): void {
  const headers = endToEnd(pairs(response.rawHeaders));
  const { statusCode: status = 502, statusMessage: reason } = response;
  writeHead(viewer, { status, reason, headers, close });
  viewer.response.flushHeaders();
  // A target that breaks off breaks the viewer's response off too: a short answer never looks whole.
  pipeline(response, viewer.response, done);
}

function sentWhole({ hasBody, request }: Viewer): boolean {
  return !hasBody || request.readableEnded;
}

export function pairs(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, i) => [raw[2 * i] ?? '', raw[2 * i + 1] ?? '']);
}
