import type { EdgeCertificate, EdgeConfig, EdgeDistribution } from './config.ts';
import { securityPolicy } from './security-policy.ts';

/** How the connections to one name are secured. */
export interface TlsEndpoint {
  /** In lower case; `*.` at the front stands for one label. */
  readonly names: readonly string[];
  readonly certificate: EdgeCertificate;
  readonly policy: ReturnType<typeof securityPolicy>;
  readonly protocols: readonly ('h2' | 'http/1.1')[];
}

export function tlsEndpoints({ distributions, defaultCertificate }: EdgeConfig): TlsEndpoint[] {
  return distributions
    .filter(({ config }) => config.Enabled)
    .flatMap((distribution) => [aliasEndpoint(distribution), ownEndpoint(distribution, defaultCertificate)])
    .filter((endpoint) => endpoint !== undefined);
}

function aliasEndpoint({ config, certificate }: EdgeDistribution): TlsEndpoint | undefined {
  const aliases = config.Aliases?.Items ?? [];
  if (!certificate || aliases.length === 0) return undefined;
  return {
    names: aliases.map((alias) => alias.toLowerCase()),
    certificate,
    policy: securityPolicy(config.ViewerCertificate?.MinimumProtocolVersion ?? 'TLSv1'),
    protocols: protocolsOf(config.HttpVersion),
  };
}

/** The `*.cloudfront.net` certificate always goes with the policy TLSv1 (reference §3). */
function ownEndpoint(
  { domainName, config }: EdgeDistribution,
  certificate: EdgeCertificate | undefined,
): TlsEndpoint | undefined {
  if (!certificate) return undefined;
  const names = [domainName.toLowerCase()];
  return { names, certificate, policy: securityPolicy('TLSv1'), protocols: protocolsOf(config.HttpVersion) };
}

/** HTTP/3 is not emulated: `http2and3` is served as HTTP/2. */
function protocolsOf(version: string | undefined): readonly ('h2' | 'http/1.1')[] {
  return version === 'http2' || version === 'http2and3' ? ['h2', 'http/1.1'] : ['http/1.1'];
}
