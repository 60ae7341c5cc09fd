import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { HeaderPairs } from './target-headers.ts';

/** An answer that the load balancer makes itself. */
export interface OwnAnswer {
  readonly status: number;
  readonly headers: HeaderPairs;
  readonly body: Buffer;
  /** The connection is not used again. */
  readonly close?: boolean;
}

const titles: Readonly<Record<number, string>> = {
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
  408: 'Request Time-out',
};

/** The page that ALB shows with a status of its own. */
export function page(status: number, headers: HeaderPairs = []): OwnAnswer {
  const title = `${status} ${titles[status] ?? STATUS_CODES[status] ?? ''}`.trim();
  const body = Buffer.from(
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`,
  );
  return own(status, [['Content-Type', 'text/html'], ...headers], body);
}

export function own(status: number, headers: HeaderPairs, body: Buffer): OwnAnswer {
  return { status, headers: [['Server', serverName], ...headers], body };
}

/** The bytes of an answer to what could not be read as a request; the connection ends with it. */
export function rawAnswer(status: number, now: Date): string {
  const { headers, body } = page(status);
  const lines = [
    ...headers,
    ['Date', now.toUTCString()],
    ['Content-Length', String(body.length)],
    ['Connection', 'close'],
  ].map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`;
}

const serverName = 'awselb/2.0';

/** Whether the request has a body to be sent on. */
export function hasBody(request: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  return encoding !== undefined || (length !== undefined && length !== '0');
}
