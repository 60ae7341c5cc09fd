import { createServer, type IncomingMessage, type Server } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** One call of an HTTP API, its body read and unpacked. */
export interface Call {
  readonly method: string;
  readonly path: string;
  /** From the URL, and from a form in the body, as Loki reads both. */
  readonly parameters: URLSearchParams;
  readonly contentType: string;
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  /** Sent as JSON when it is no text. */
  readonly body?: string | object;
}

export interface ApiServer extends AsyncDisposable {
  readonly url: string;
  /** Cuts every connection and refuses new ones, or takes them again. The same twice is the same as once. */
  refuse(on: boolean): Promise<void>;
}

/** Serves an API on one address. `answer` may throw an `ApiError`, or a `ConnectionCut`. */
export async function serveApi(
  { host, port }: { host: string; port: number },
  answer: (call: Call) => Reply,
): Promise<ApiServer> {
  const server = createServer((request, response) => {
    void handle(request, answer).then((reply) => {
      if (!reply) return void request.socket.destroy();
      const { status, body } = reply;
      const text = typeof body === 'object' ? JSON.stringify(body) : body;
      const type = typeof body === 'object' ? 'application/json; charset=UTF-8' : 'text/plain; charset=utf-8';
      response.writeHead(status, text === undefined ? {} : { 'Content-Type': type }).end(text);
    });
  });
  await listen(server, host, port);
  return {
    url: `http://${host}:${port}`,
    refuse: async (on) => {
      if (on === !server.listening) return;
      await (on ? close(server) : listen(server, host, port));
    },
    [Symbol.asyncDispose]: () => close(server),
  };
}

/** An answer that is an error of the API's own. */
export class ApiError extends Error {
  readonly status: number;
  readonly body: string | object;

  constructor(status: number, body: string | object) {
    super(typeof body === 'string' ? body : JSON.stringify(body));
    this.status = status;
    this.body = body;
  }
}

/** The connection ends without an answer. */
export class ConnectionCut extends Error {}

const mostBodyBytes = 16 * 1024 * 1024;

async function handle(request: IncomingMessage, answer: (call: Call) => Reply): Promise<Reply | undefined> {
  try {
    return answer(await readCall(request));
  } catch (error) {
    if (error instanceof ConnectionCut) return undefined;
    if (error instanceof ApiError) return { status: error.status, body: error.body };
    return { status: 500, body: `${error instanceof Error ? error.message : error}\n` };
  }
}

async function readCall(request: IncomingMessage): Promise<Call> {
  const url = new URL(request.url ?? '/', 'http://telemetry');
  const contentType = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const body = await readBody(request);
  const parameters = url.searchParams;
  if (contentType === 'application/x-www-form-urlencoded') {
    for (const [name, value] of new URLSearchParams(body.toString())) parameters.append(name, value);
  }
  return { method: request.method ?? 'GET', path: url.pathname, parameters, contentType, body };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > mostBodyBytes) throw new ApiError(413, 'request body too large\n');
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  if (request.headers['content-encoding'] !== 'gzip') return body;
  return promisify(gunzip)(body, { maxOutputLength: mostBodyBytes }).catch((error: Error) => {
    throw new ApiError(400, `${error.message}\n`);
  });
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
