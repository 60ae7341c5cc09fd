import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { OwnAnswer } from './own-answer.ts';
import type { RequestHead } from './request-head.ts';
import type { HeaderPairs } from './target-headers.ts';

/** One request of a viewer's and the way back. HTTP/2 comes in the shape of Node's HTTP/1 compatibility API. */
export interface Viewer {
  readonly head: RequestHead;
  readonly hasBody: boolean;
  /** The load balancer's address that the viewer connected to. */
  readonly localAddress: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Present when the viewer wants to leave HTTP: the connection, and what came behind the request. */
  readonly upgrade?: { readonly socket: Duplex; readonly head: Buffer };
  /** Whether the connection has lived as long as the load balancer lets connections live. */
  readonly expired: boolean;
}

export function answer(viewer: Viewer, { status, headers, body, close = false }: OwnAnswer): void {
  const length: [string, string] = ['Content-Length', String(body.length)];
  writeHead(viewer, { status, headers: [...headers, length], close });
  viewer.response.end(viewer.head.method === 'HEAD' ? undefined : body);
}

export interface ResponseHead {
  readonly status: number;
  readonly reason?: string;
  readonly headers: HeaderPairs;
  readonly close?: boolean;
}

export function writeHead(viewer: Viewer, { status, reason, headers, close = false }: ResponseHead): void {
  const { response, head } = viewer;
  if (head.httpVersion === '2.0') {
    response.writeHead(status, grouped(headers));
    if (viewer.expired) closeSession(viewer);
    return;
  }
  const last = close || viewer.expired || viewer.upgrade !== undefined;
  const connection: [string, string] = ['Connection', last ? 'close' : 'keep-alive'];
  const flat = [...headers, connection].flat();
  if (reason === undefined) response.writeHead(status, flat);
  else response.writeHead(status, reason, flat);
}

/** The viewer's TCP or TLS connection. */
export function socketOf(request: IncomingMessage): Socket {
  return request.socket;
}

function grouped(headers: HeaderPairs): Record<string, string | string[]> {
  const byName: Record<string, string | string[]> = {};
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const known = byName[key];
    byName[key] = known === undefined ? value : [known, value].flat();
  }
  return byName;
}

/** Whether the viewer broke a request off. HTTP/2's compatibility API ends the body of such a one as if it were whole. */
export function brokenOff(request: IncomingMessage & { stream?: { rstCode?: number } }): boolean {
  return request.aborted || (request.stream?.rstCode ?? 0) !== 0;
}

/** GOAWAY: streams that are open go on. */
function closeSession({ request }: Viewer): void {
  const { stream } = request as IncomingMessage & { stream?: { session?: { close(): void } } };
  stream?.session?.close();
}
