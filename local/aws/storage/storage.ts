import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { debuglog } from 'node:util';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { ApiFaults } from '../api-faults.ts';
import type { S3Service } from '../services/s3/s3.ts';
import { brokenResponse } from './broken-response.ts';
import { answerRest } from './rest-read.ts';
import type { OacAuthorization, StorageRequest, StorageResponse } from './storage-request.ts';
import { storageTarget } from './storage-target.ts';
import { answerWebsite } from './website-read.ts';

export interface StorageOptions {
  readonly listeners: readonly StorageListener[];
  /** Read at each request: a change of the bucket shows at once. */
  readonly s3: Pick<S3Service, 'hasBucket' | 'readObject' | 'websiteOf' | 'allows'>;
  /**
   * Knows CloudFront's signatures (origin access control): whose distribution signed a request with these headers,
   * or nothing when they are not one of ours. Header names are in lower case.
   */
  readonly authorizeOac: (headers: Readonly<Record<string, string>>) => OacAuthorization | undefined;
  /** What is broken in front of S3. */
  readonly faults: Pick<ApiFaults, 'meet'>;
  readonly region: string;
  readonly clock: Clock;
  readonly random: Random;
}

export interface StorageListener {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Plain HTTP without it. */
  readonly tls?: { readonly certificatePem: string; readonly privateKeyPem: string };
}

/** What S3 is to those that only read from it: bucket host names and website endpoints. */
export interface Storage extends AsyncDisposable {
  /** In the order of the listeners. */
  readonly ports: readonly number[];
}

export async function startStorage(options: StorageOptions): Promise<Storage> {
  const servers: Server[] = [];
  const closeAll = async (): Promise<void> => {
    await Promise.all(servers.map(close));
  };
  try {
    for (const listener of options.listeners) servers.push(await listen(listener, options));
  } catch (error) {
    await closeAll();
    throw error;
  }
  return {
    ports: servers.map((server) => (server.address() as AddressInfo).port),
    [Symbol.asyncDispose]: closeAll,
  };
}

const log = debuglog('stormproof:storage');

function listen({ host, port, tls }: StorageListener, options: StorageOptions): Promise<Server> {
  const respond = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    incoming.resume();
    answer(options, readHead(incoming, tls !== undefined, options))
      .then((response) => {
        log('%s %s%s %d', incoming.method, incoming.headers.host, incoming.url, response.status);
        send(incoming, outgoing, response);
      })
      .catch((error: unknown) => {
        log('%s %s%s lost its connection: %o', incoming.method, incoming.headers.host, incoming.url, error);
        outgoing.destroy();
      });
  };
  const server = tls
    ? createHttpsServer({ cert: tls.certificatePem, key: tls.privateKeyPem, minVersion: 'TLSv1.2' }, respond)
    : createHttpServer(respond);
  server.requestTimeout = options.clock.ioTimeoutWallMs(60_000);
  server.headersTimeout = server.requestTimeout;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => resolve(server));
  });
}

async function answer(
  { s3, region, faults }: StorageOptions,
  request: StorageRequest,
): Promise<StorageResponse> {
  const target = storageTarget(request, region);
  const failure = await faults.meet('s3');
  if (failure) return brokenResponse(target, request, failure);
  if (target.kind === 'website') return answerWebsite(s3, target, request);
  return answerRest(s3, target, request);
}

function readHead(
  incoming: IncomingMessage,
  secure: boolean,
  { authorizeOac, random }: StorageOptions,
): StorageRequest {
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(incoming.headers)) headers[name] = String(value);
  const url = incoming.url ?? '/';
  const path = url.includes('?') ? url.slice(0, url.indexOf('?')) : url;
  return {
    method: incoming.method ?? 'GET',
    host: (headers.host ?? '').replace(/:\d+$/, '').toLowerCase(),
    path: path.startsWith('/') ? path : '/',
    headers,
    secure,
    oac: authorizeOac(headers),
    requestId: random.hex(16).toUpperCase(),
  };
}

function send(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { status, headers, body }: StorageResponse,
): void {
  const bytes = Buffer.from(body);
  const length = status === 304 ? {} : { 'content-length': String(bytes.byteLength) };
  outgoing.writeHead(status, { server: 'AmazonS3', ...headers, ...length });
  outgoing.end(incoming.method === 'HEAD' || status === 304 ? undefined : bytes);
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
