import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { stringify } from 'yaml';
import { StatusError } from '../../api.ts';
import { statusBody, statusError } from '../status.ts';

/** apiserver compresses answers from this size on. */
const compressFromBytes = 128 * 1024;

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly contentType?: string;
  readonly format?: 'json' | 'yaml';
}

export function respond(response: ServerResponse, { status, body, contentType, format }: Answer): void {
  const text =
    typeof body === 'string' ? body : format === 'yaml' ? stringify(body) : `${JSON.stringify(body)}\n`;
  const type = contentType ?? (format === 'yaml' ? 'application/yaml' : 'application/json');
  const bytes = Buffer.from(text);
  const compress = bytes.length >= compressFromBytes && acceptsGzip(response);
  const payload = compress ? gzipSync(bytes, { level: 1 }) : bytes;
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-cache, private',
    'content-length': payload.length,
    ...(compress && { 'content-encoding': 'gzip', vary: 'Accept-Encoding' }),
  });
  response.end(response.req.method === 'HEAD' ? undefined : payload);
}

/** Whatever went wrong, the client gets a `Status`; our own mistakes are 500 InternalError. */
export function respondError(response: ServerResponse, error: unknown): void {
  const known =
    error instanceof StatusError
      ? error
      : statusError(500, 'InternalError', `Internal error occurred: ${(error as Error).message}`);
  if (response.headersSent) return void response.destroy();
  const retryAfter = (known.details as { retryAfterSeconds?: number } | undefined)?.retryAfterSeconds;
  if (retryAfter !== undefined) response.setHeader('retry-after', String(retryAfter));
  respond(response, { status: known.status, body: statusBody(known) });
}

function acceptsGzip({ req }: ServerResponse): boolean {
  return String(req.headers['accept-encoding'] ?? '').includes('gzip');
}
