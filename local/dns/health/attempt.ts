import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import type { HealthCheck } from './health-check.ts';

export interface AttemptOptions {
  readonly clock: Clock;
  /** Where the checker asks from. */
  readonly from: string;
  /** The first address of a name; undefined where it has none. */
  resolve(name: string, signal: AbortSignal): Promise<string | undefined>;
  readonly signal: AbortSignal;
}

export interface Attempted {
  readonly healthy: boolean;
  readonly status: string;
}

/**
 * Asks once. Route 53 developer guide, "How Route 53 determines the status of health checks that monitor an endpoint":
 * a connection within 4 s (TCP checks: 10 s), then for HTTP and HTTPS a status of 2xx or 3xx within 2 s, then for string
 * matching the text in the first 5,120 bytes of the body within 2 s more. Certificates are not looked at.
 */
export async function attempt(check: HealthCheck, options: AttemptOptions): Promise<Attempted> {
  try {
    await using connection = await open(check, options);
    if (check.protocol === 'tcp') return { healthy: true, status: 'Success: TCP connection established' };
    return await askOver(connection.socket, check, options);
  } catch (error) {
    options.signal.throwIfAborted();
    return { healthy: false, status: `Failure: ${error instanceof Error ? error.message : String(error)}` };
  }
}

const connectTimeoutMs = { http: 4000, https: 4000, tcp: 10_000 } as const;
const answerTimeoutMs = 2000;
const searchedBytes = 5120;
/** The name under which Route 53's checkers ask; the reference in it is the check's own. */
const userAgentOf = ({ id }: HealthCheck): string =>
  `Amazon-Route53-Health-Check-Service (ref ${id}; report http://amzn.to/1vsZADi)`;

interface Connection extends AsyncDisposable {
  readonly socket: Socket;
}

async function open(check: HealthCheck, options: AttemptOptions): Promise<Connection> {
  const { endpoint, port, protocol, sendsName, host } = check;
  const limit = limitedTo(connectTimeoutMs[protocol], options, 'the endpoint did not accept a connection');
  const address = 'address' in endpoint ? endpoint.address : await options.resolve(endpoint.name, limit);
  if (address === undefined) throw new Error('DNS resolution failed: the name has no address');
  const plain = connect({ host: address, port, localAddress: options.from });
  const stop = (): void => void plain.destroy(limit.reason);
  limit.addEventListener('abort', stop, { once: true });
  try {
    await once(plain, 'connect');
    const socket = protocol === 'https' ? await secured(plain, sendsName ? host : undefined) : plain;
    return { socket, [Symbol.asyncDispose]: async () => void plain.destroy() };
  } catch (error) {
    plain.destroy();
    throw error;
  } finally {
    limit.removeEventListener('abort', stop);
  }
}

async function secured(socket: Socket, servername: string | undefined): Promise<Socket> {
  const secure = connectTls({ socket, servername, rejectUnauthorized: false });
  await once(secure, 'secureConnect');
  return secure;
}

async function askOver(socket: Socket, check: HealthCheck, options: AttemptOptions): Promise<Attempted> {
  const answerLimit = limitedTo(answerTimeoutMs, options, 'the endpoint did not answer');
  const asked = request({
    createConnection: () => socket,
    path: check.path,
    headers: { host: check.host, 'user-agent': userAgentOf(check), connection: 'close' },
    signal: answerLimit,
  });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  const { statusCode = 0, statusMessage = '' } = answer;
  const words = `HTTP Status Code ${statusCode}, ${statusMessage}`;
  if (statusCode < 200 || statusCode > 399) return { healthy: false, status: `Failure: ${words}` };
  const { search } = check;
  if (search === undefined) return { healthy: true, status: `Success: ${words}` };
  return (await beginsWith(answer, search))
    ? { healthy: true, status: `Success: ${words}` }
    : { healthy: false, status: `Failure: ${words}. The search string was not found` };
}

async function beginsWith(answer: IncomingMessage, search: string): Promise<boolean> {
  let seen = Buffer.alloc(0);
  for await (const chunk of answer) {
    seen = Buffer.concat([seen, chunk as Buffer]);
    if (seen.subarray(0, searchedBytes).includes(search)) return true;
    if (seen.length >= searchedBytes) return false;
  }
  return false;
}

function limitedTo(timeoutMs: number, { clock, signal }: AttemptOptions, what: string): AbortSignal {
  const limit = new AbortController();
  const timer = setTimeout(
    () => limit.abort(new Error(`${what} within ${timeoutMs / 1000} seconds`)),
    clock.ioTimeoutWallMs(timeoutMs),
  );
  timer.unref();
  return AbortSignal.any([signal, limit.signal]);
}
