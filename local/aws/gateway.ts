import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { debuglog } from 'node:util';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { type ApiFaults, createApiFaults } from './api-faults.ts';
import { answer, invoke } from './protocol/answer.ts';
import { loadModel, type ServiceModel } from './protocol/model.ts';
import { BodyTooLarge, readRequest, type WireResponse } from './protocol/wire.ts';
import { writeUnroutedError } from './protocol/write-error.ts';
import type { AwsService } from './service.ts';

export interface GatewayOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly services: readonly AwsService[];
  readonly clock: Clock;
  readonly random: Random;
}

/** One HTTP endpoint that speaks the wire protocols of all its services. */
export interface Gateway extends AsyncDisposable {
  readonly url: string;
  /** What is broken in front of the services, for other listeners of theirs too. */
  readonly faults: ApiFaults;
  /**
   * Calls an operation without a socket: the same validation, handlers and AwsErrors. `serviceId` is the SDK's
   * (`EC2`, `Elastic Load Balancing v2`) or the signing name (`elasticloadbalancing`).
   */
  call(serviceId: string, operation: string, input: object): Promise<object>;
}

export async function startGateway({
  host,
  port,
  services,
  clock,
  random,
}: GatewayOptions): Promise<Gateway> {
  const models = services.map(loadModel);
  const closing = new AbortController();
  const faults = createApiFaults({
    clock,
    services: models.map((model) => model.signingName),
    signal: closing.signal,
  });
  const server = createServer((incoming, outgoing) => {
    const requestId = random.uuid();
    respond({ models, faults }, incoming, requestId)
      .then((response) => send(incoming, outgoing, response, requestId))
      .catch((error: unknown) => {
        log('%s lost its connection: %o', requestId, error);
        outgoing.destroy();
      });
  });
  server.requestTimeout = clock.ioTimeoutWallMs(60_000);
  server.headersTimeout = server.requestTimeout;
  await listen(server, host, port);
  const { port: boundTo } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${boundTo}`,
    faults,
    call: async (serviceId, operation, input) => {
      return invoke(findModel(models, serviceId), operation, structuredClone(input), random.uuid());
    },
    [Symbol.asyncDispose]: () => {
      closing.abort(new Error('the gateway was closed'));
      return close(server);
    },
  };
}

const log = debuglog('stormproof:aws');
const maxBodyBytes = 32 * 1024 * 1024;

async function respond(
  parts: Parameters<typeof answer>[0],
  incoming: IncomingMessage,
  requestId: string,
): Promise<WireResponse> {
  try {
    return await answer(parts, await readRequest(incoming, maxBodyBytes), requestId);
  } catch (error) {
    if (!(error instanceof BodyTooLarge)) throw error;
    const message = `The request is larger than ${maxBodyBytes} bytes`;
    const response = writeUnroutedError(
      'query',
      { code: 'RequestEntityTooLarge', message, status: 413 },
      requestId,
    );
    return { ...response, headers: { ...response.headers, connection: 'close' } };
  }
}

function send(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  response: WireResponse,
  requestId: string,
): void {
  const { status, headers, body } = response;
  const bytes = Buffer.from(body);
  log('%s %s %s %d', requestId, incoming.method, incoming.url, status);
  const isHead = incoming.method === 'HEAD';
  const length = (isHead && headers['content-length']) || String(bytes.byteLength);
  outgoing.writeHead(status, { ...headers, 'x-amzn-requestid': requestId, 'content-length': length });
  outgoing.end(isHead || status === 204 || status === 304 ? undefined : bytes);
}

function findModel(models: readonly ServiceModel[], serviceId: string): ServiceModel {
  const model = models.find((candidate) => [candidate.serviceId, candidate.signingName].includes(serviceId));
  if (model) return model;
  const known = models.map((candidate) => candidate.serviceId).join(', ');
  throw new TypeError(`Cannot call "${serviceId}": expected one of ${known}`);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => resolve());
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
