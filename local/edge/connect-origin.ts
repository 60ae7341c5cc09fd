import { connect as connectPlain, type Socket } from 'node:net';
import {
  checkServerIdentity,
  connect as connectSecure,
  createSecureContext,
  type SecureContext,
} from 'node:tls';
import { debuglog } from 'node:util';
import type { Clock } from '../base/clock.ts';
import { boundPort, type PortTable } from '../base/loopback.ts';
import type { Network } from '../base/network.ts';
import type { Hop } from '../base/plane-fault.ts';
import type { Origin } from './origin.ts';
import type { OriginConnections } from './origin-connections.ts';
import { OriginFailure } from './origin-failure.ts';

export interface OriginNetwork {
  readonly clock: Clock;
  readonly ports: PortTable;
  /** Where connections to origins come from, in turn. */
  readonly egressAddresses: readonly string[];
  readonly originTrustPem: readonly string[];
  resolve(name: string): Promise<readonly string[]>;
  readonly network: Pick<Network, 'route'>;
  hopTo(address: string): Hop;
  readonly connections: OriginConnections;
}

export interface OriginEndpoint {
  readonly origin: Origin;
  readonly scheme: 'http' | 'https';
  /** What the handshake asks for: the viewer's Host where it is forwarded, else the origin's name. */
  readonly serverName: string;
}

export type ConnectOrigin = (endpoint: OriginEndpoint) => Promise<Socket>;

/** Connects as often as the origin's settings say, to its addresses in turn. Rejects with an `OriginFailure`. */
export function createConnectOrigin(network: OriginNetwork): ConnectOrigin {
  const contexts = new Map<string, SecureContext>();
  let turn = 0;
  return async (endpoint) => {
    const addresses = await addressesOf(endpoint.origin.domainName, network);
    const first = turn++;
    let failure = new OriginFailure('no-address');
    for (let attempt = 0; attempt < endpoint.origin.connectionAttempts; attempt++) {
      const address = addresses[attempt % addresses.length];
      if (address === undefined) break;
      const localAddress = network.egressAddresses[(first + attempt) % network.egressAddresses.length];
      try {
        return await open({ endpoint, address, localAddress, network, contexts });
      } catch (error) {
        failure = asFailure(error);
        if (!failure.retryable) break;
      }
    }
    throw failure;
  };
}

const log = debuglog('stormproof:edge');

async function addressesOf(name: string, { resolve }: OriginNetwork): Promise<readonly string[]> {
  try {
    return await resolve(name);
  } catch (error) {
    throw new OriginFailure('no-address', error);
  }
}

interface Attempt {
  readonly endpoint: OriginEndpoint;
  readonly address: string;
  readonly localAddress: string | undefined;
  readonly network: OriginNetwork;
  readonly contexts: Map<string, SecureContext>;
}

function open({ endpoint, address, localAddress, network, contexts }: Attempt): Promise<Socket> {
  const { origin, scheme, serverName } = endpoint;
  const truePort = scheme === 'https' ? origin.httpsPort : origin.httpPort;
  const hop = network.hopTo(address);
  const dial = { host: address, port: boundPort(network.ports, truePort), localAddress };
  const options = { ...network.network.route(hop, dial), noDelay: true };
  const socket =
    scheme === 'http'
      ? connectPlain(options)
      : connectSecure({
          ...options,
          servername: serverName,
          secureContext: contextFor(origin, network, contexts),
          // "Require HTTPS between CloudFront and your custom origin": either name will do.
          checkServerIdentity: (_, certificate) =>
            checkServerIdentity(origin.domainName, certificate) &&
            checkServerIdentity(serverName, certificate),
        });
  network.connections.add(hop, socket);
  return connected(socket, scheme, network.clock.ioTimeoutWallMs(origin.connectionTimeoutMs));
}

function connected(socket: Socket, scheme: 'http' | 'https', limitWallMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    const expire = (): void => fail(new OriginFailure('connect-timeout'));
    socket.setTimeout(limitWallMs, expire);
    socket.once('error', fail);
    // Between here and the pool's own listener an error would be nobody's.
    socket.on('error', (error) => log('origin connection %s', error));
    socket.once(scheme === 'https' ? 'secureConnect' : 'connect', () => {
      socket.setTimeout(0);
      socket.off('timeout', expire);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

function contextFor(
  { minTlsVersion }: Origin,
  { originTrustPem }: OriginNetwork,
  contexts: Map<string, SecureContext>,
): SecureContext {
  const known = contexts.get(minTlsVersion);
  if (known) return known;
  const ciphers = minTlsVersion === 'TLSv1.2' ? undefined : 'DEFAULT@SECLEVEL=0';
  const context = createSecureContext({ ca: [...originTrustPem], minVersion: minTlsVersion, ciphers });
  contexts.set(minTlsVersion, context);
  return context;
}

function asFailure(error: unknown): OriginFailure {
  if (error instanceof OriginFailure) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const certificate = /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code);
  return new OriginFailure(certificate ? 'certificate' : 'refused', error);
}
