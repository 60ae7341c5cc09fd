import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { ControlRequest, ControlState } from '../base/control-request.ts';

/** What a request of the control endpoint does; rejects with what went wrong. */
export type ControlHandler = (request: ControlRequest) => Promise<void>;

export interface ControlServer extends AsyncDisposable {
  readonly url: string;
}

/** The stack's capabilities over HTTP on loopback, for whoever holds the token. GET tells what is broken. */
export async function startControl(options: {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  readonly handle: ControlHandler;
  readonly state: () => ControlState;
}): Promise<ControlServer> {
  const { host, port } = options;
  const server = createServer((request, response) => {
    void answer(request, options).then((answered) => send(response, answered, request.method === 'POST'));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  return {
    url: `http://${host}:${port}/`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function answer(
  request: IncomingMessage,
  { token, handle, state }: { token: string; handle: ControlHandler; state: () => ControlState },
): Promise<Answer> {
  if (!isAuthorized(request.headers.authorization ?? '', token))
    return { status: 401, text: 'expected the token' };
  if (request.method === 'GET') return { status: 200, text: JSON.stringify(state()) };
  try {
    await handle(await readJson(request));
    return { status: 200, text: 'done' };
  } catch (error) {
    const status = error instanceof SyntaxError || error instanceof TypeError ? 400 : 500;
    return { status, text: error instanceof Error ? error.message : String(error) };
  }
}

function isAuthorized(header: string, token: string): boolean {
  const given = Buffer.from(header);
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function readJson(request: IncomingMessage): Promise<ControlRequest> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > 65_536) throw new TypeError('Cannot read the request: over 65536 bytes');
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as ControlRequest;
}

function send(response: ServerResponse, { status, text }: Answer, isLast: boolean): void {
  response.writeHead(status, {
    'content-type': 'text/plain',
    'content-length': Buffer.byteLength(text),
    // So that the answer to "down" is sent whole before the server that is closing waits for nothing more.
    ...(isLast && { connection: 'close' }),
  });
  response.end(text);
}
