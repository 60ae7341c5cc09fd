import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type {
  CacheBehavior,
  CachePolicyConfig,
  DefaultCacheBehavior,
  DistributionConfig,
  Origin,
} from '@aws-sdk/client-cloudfront';
import { type CertificateAuthority, createCertificateAuthority } from '../base/certificates.ts';
import { createClock } from '../base/clock.ts';
import { boundPort, claimLoopbackBlock, type LoopbackBlock } from '../base/loopback.ts';
import type { Network } from '../base/network.ts';
import type { Hop } from '../base/plane-fault.ts';
import { createRandom } from '../base/random.ts';
import type { EdgeConfig, EdgeFirewall } from './config.ts';
import { type Edge, startEdge } from './edge.ts';

/** An edge for `site.example` in front of origins on the same block: what the tests of this folder share. */
export interface TestEdge extends AsyncDisposable {
  readonly block: LoopbackBlock;
  readonly edge: Edge;
  readonly authority: CertificateAuthority;
  readonly address: string;
  readonly plainPort: number;
  /** Starts an origin of that name; `tls` names its certificate. */
  origin(name: string, listener: RequestListener, tls?: readonly string[]): Promise<TestOrigin>;
  /** Makes a name resolve to addresses, whoever is there. */
  resolveTo(name: string, addresses: readonly string[]): void;
  apply(config: TestConfig): void;
  fetch(path: string, options?: FetchOptions): Promise<Fetched>;
}

export interface TestOrigin {
  readonly port: number;
  readonly server: Server;
  /** The distribution's setting for it. */
  readonly config: Origin;
}

export interface TestConfig extends Partial<Omit<DistributionConfig, 'Origins' | 'CacheBehaviors'>> {
  readonly origins: readonly Origin[];
  readonly behaviors?: readonly Partial<CacheBehavior>[];
  readonly defaultBehavior?: Partial<DefaultCacheBehavior>;
  /** Overrides parts of the policy `by-headers`. */
  readonly cachePolicy?: Partial<CachePolicyConfig>;
  readonly aliases?: readonly string[];
}

export interface FetchOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly host?: string;
  readonly localAddress?: string;
}

export interface Fetched {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly body: string;
}

export async function openTestEdge(
  options: {
    inspect?: EdgeFirewall;
    speed?: number;
    network?: Pick<Network, 'route' | 'onReroute'>;
    hopTo?: (address: string) => Hop;
  } = {},
): Promise<TestEdge> {
  const block = await claimLoopbackBlock();
  const authority = await createCertificateAuthority('test root');
  const certificate = await authority.issue({ names: ['site.example', 'other.example', '*.wild.example'] });
  const names = new Map<string, readonly string[]>();
  const closing: (() => Promise<void>)[] = [];
  const address = block.next('edge');
  const edge = await startEdge({
    clock: createClock({ speed: options.speed ?? 10 }),
    random: createRandom(1),
    addresses: [address],
    egressAddresses: [block.next('edgeEgress')],
    ports: block.ports,
    resolve: async (name) => names.get(name) ?? [],
    originTrustPem: [authority.certificatePem],
    network: options.network,
    hopTo: options.hopTo,
    inspect: options.inspect ?? (async () => ({ action: 'allow', insertHeaders: [] })),
  });
  return {
    block,
    edge,
    authority,
    address,
    plainPort: boundPort(block.ports, 80),
    origin: async (name, listener, tls) => {
      const at = block.next('loadBalancer');
      names.set(name, [at]);
      const server = await startOrigin(at, listener, tls && (await authority.issue({ names: tls })));
      closing.push(() => closeOrigin(server));
      const { port } = server.address() as AddressInfo;
      return { port, server, config: originConfig(name, port, tls !== undefined) };
    },
    resolveTo: (name, addresses) => void names.set(name, addresses),
    apply: (config) => edge.apply(edgeConfig(config, certificate)),
    fetch: (path, fetchOptions) => fetchThrough({ address, block, authority }, path, fetchOptions),
    [Symbol.asyncDispose]: async () => {
      await edge[Symbol.asyncDispose]();
      await Promise.all(closing.map((close) => close()));
      await block[Symbol.asyncDispose]();
    },
  };
}

function startOrigin(
  host: string,
  listener: RequestListener,
  certificate: { certificatePem: string; privateKeyPem: string } | undefined,
): Promise<Server> {
  const server = certificate
    ? createSecureServer({ cert: certificate.certificatePem, key: certificate.privateKeyPem }, listener)
    : createServer(listener);
  return new Promise((resolve) => {
    server.listen({ host, port: 0 }, () => resolve(server));
  });
}

function closeOrigin(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

export function originConfig(name: string, port: number, secure = false): Origin {
  const CustomOriginConfig = {
    HTTPPort: port,
    HTTPSPort: port,
    OriginProtocolPolicy: secure ? ('https-only' as const) : ('http-only' as const),
  };
  return { Id: name, DomainName: name, ConnectionAttempts: 1, CustomOriginConfig };
}

function edgeConfig(config: TestConfig, certificate: EdgeConfig['defaultCertificate']): EdgeConfig {
  const {
    origins,
    behaviors = [],
    defaultBehavior,
    cachePolicy,
    aliases = ['site.example'],
    ...rest
  } = config;
  const base = {
    TargetOriginId: origins[0]?.Id,
    ViewerProtocolPolicy: 'redirect-to-https' as const,
    CachePolicyId: 'by-headers',
    OriginRequestPolicyId: 'all-viewer',
    ...defaultBehavior,
  };
  const distribution: DistributionConfig = {
    CallerReference: '1',
    Comment: '',
    Enabled: true,
    HttpVersion: 'http2',
    Aliases: { Quantity: aliases.length, Items: [...aliases] },
    Origins: { Quantity: origins.length, Items: [...origins] },
    DefaultCacheBehavior: base,
    CacheBehaviors: {
      Quantity: behaviors.length,
      Items: behaviors.map((each) => ({ ...base, PathPattern: '*', ...each })),
    },
    ViewerCertificate: { SSLSupportMethod: 'sni-only', MinimumProtocolVersion: 'TLSv1.2_2021' },
    ...rest,
  };
  return {
    distributions: [
      {
        id: 'E1',
        arn: 'arn:aws:cloudfront::1:distribution/E1',
        domainName: 'd1.cloudfront.net',
        config: distribution,
        certificate,
      },
    ],
    cachePolicies: {
      'by-headers': cachePolicyConfig(cachePolicy),
      disabled: cachePolicyConfig({ DefaultTTL: 0, MaxTTL: 0 }),
    },
    originRequestPolicies: {
      'all-viewer': {
        Name: 'all-viewer',
        HeadersConfig: { HeaderBehavior: 'allViewer' },
        CookiesConfig: { CookieBehavior: 'all' },
        QueryStringsConfig: { QueryStringBehavior: 'all' },
      },
    },
    responseHeadersPolicies: {
      secure: {
        Name: 'secure',
        SecurityHeadersConfig: { StrictTransportSecurity: { Override: true, AccessControlMaxAgeSec: 60 } },
        RemoveHeadersConfig: { Quantity: 1, Items: [{ Header: 'X-Powered-By' }] },
      },
    },
  };
}

function cachePolicyConfig(overrides: Partial<CachePolicyConfig> = {}): CachePolicyConfig {
  return {
    Name: 'by-headers',
    MinTTL: 0,
    DefaultTTL: 0,
    MaxTTL: 31_536_000,
    ParametersInCacheKeyAndForwardedToOrigin: {
      EnableAcceptEncodingGzip: true,
      EnableAcceptEncodingBrotli: true,
      HeadersConfig: { HeaderBehavior: 'none' },
      CookiesConfig: { CookieBehavior: 'none' },
      QueryStringsConfig: { QueryStringBehavior: 'all' },
    },
    ...overrides,
  };
}

function fetchThrough(
  { address, block, authority }: Pick<TestEdge, 'address' | 'block' | 'authority'>,
  path: string,
  { method = 'GET', headers = {}, body, host = 'site.example', localAddress }: FetchOptions = {},
): Promise<Fetched> {
  return new Promise((resolve, reject) => {
    const sent = request({
      host: address,
      port: boundPort(block.ports, 443),
      servername: host,
      ca: authority.certificatePem,
      agent: false,
      localAddress,
      path,
      method,
      headers: { host, ...headers },
    });
    sent.once('error', reject);
    sent.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const bytes = Buffer.concat(chunks);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          bytes,
          body: bytes.toString(),
        });
      });
    });
    sent.end(body);
  });
}
