import type { SecureVersion } from 'node:tls';
import { distributionMutant } from '../../fixtures/mutants/distribution.ts';
import { Inconclusive, must } from '../../fixtures/outcome.ts';
import type { Handshake } from '../../fixtures/probes/tls.ts';
import { handshake } from '../../fixtures/probes/tls.ts';
import { requirement } from '../../fixtures/requirement.ts';
import type { Deployment } from '../../provisioning/deployment/schema.ts';

/** The oldest policy that an SNI distribution may have: TLS 1.0 is on. */
const oldSecurityPolicy = distributionMutant('old-security-policy', /TLSv1(\.1)?\b/, (config) => ({
  ...config,
  ViewerCertificate: { ...config.ViewerCertificate, MinimumProtocolVersion: 'TLSv1_2016' },
}));

/** CloudFront Developer Guide, Supported protocols and ciphers between viewers and CloudFront. */
const versionsOf: Record<Deployment['edge']['securityPolicy'], readonly SecureVersion[]> = {
  'TLSv1.2_2019': ['TLSv1.2', 'TLSv1.3'],
  'TLSv1.2_2021': ['TLSv1.2', 'TLSv1.3'],
  'TLSv1.2_2025': ['TLSv1.2', 'TLSv1.3'],
  'TLSv1.3_2025': ['TLSv1.3'],
};
const versions: readonly SecureVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

export default requirement(
  {
    id: 'TLS-1',
    title: 'negotiates exactly the protocol versions of its security policy at the edge',
    level: 'core',
    layers: ['edge'],
    refs: ['CloudFront Developer Guide, Supported protocols and ciphers between viewers and CloudFront'],
    mutants: [oldSecurityPolicy],
  },
  async ({ deployment, stack, dialer, viewerAddress, evidence }) => {
    const { securityPolicy, aliases } = deployment.edge;
    const allowed = versionsOf[securityPolicy];
    const from = viewerAddress();
    const seen: Record<string, Handshake> = {};
    for (const serverName of aliases)
      for (const version of versions) {
        const result = await handshake(dialer, {
          host: serverName,
          serverName,
          version,
          from,
          trust: stack.descriptor.trust.web,
        });
        seen[`${serverName} ${version}`] = result;
        mustFit(result, version, allowed.includes(version), securityPolicy);
      }
    evidence('handshakes', seen);
  },
);

function mustFit(result: Handshake, version: SecureVersion, allowed: boolean, policy: string): void {
  if (result.kind === 'refused-by-client' || result.kind === 'unreachable')
    throw new Inconclusive(`${version} could not be tried: ${result.kind}, ${result.code}`);
  // Only the server's own refusal says something about the server (reference §3).
  const wanted: Handshake['kind'] = allowed ? 'agreed' : 'refused-by-server';
  must(result.kind === wanted, `${version} is ${allowed ? 'not agreed' : 'not refused'} under ${policy}`, {
    expected: wanted,
    observed: result,
  });
  if (result.kind !== 'agreed') return;
  must(result.protocol === version, `The edge agreed ${result.protocol} when only ${version} was offered`, {
    expected: version,
    observed: result.protocol,
  });
  must(result.authorized, 'The edge’s certificate does not verify', {
    expected: 'a chain to a trusted root',
    observed: result,
  });
}
