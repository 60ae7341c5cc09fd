import { X509Certificate } from 'node:crypto';
import {
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
  type SecureVersion,
} from 'node:tls';
import type { CertificateConfig, ListenerConfig } from './config.ts';

/** Everything a TLS listener negotiates with, replaced as a whole while connections go on. */
export interface TlsContext {
  /** For the server itself: the default certificate, and the security policy for all. */
  readonly options: SecureContextOptions;
  /** The certificate for a name; `undefined` stands for the default one. */
  find(serverName: string): SecureContext | undefined;
}

export function createTlsContext({ certificates, sslPolicy }: ListenerConfig): TlsContext {
  const policy = policyOptions(sslPolicy?.protocols ?? [], sslPolicy?.ciphers ?? []);
  const [first, ...others] = certificates.map((certificate) => ({ ...policy, ...keyPair(certificate) }));
  const named = others.map((options, index) => ({
    leaf: new X509Certificate(certificates[index + 1]?.certificatePem ?? ''),
    context: createSecureContext(options),
  }));
  const options = first ?? policy;
  // Reads the key pair now, so that a bad one is refused before anything changes.
  createSecureContext(options);
  return {
    options,
    find: (serverName) => {
      const defaultLeaf = new X509Certificate(certificates[0]?.certificatePem ?? '');
      if (defaultLeaf.checkHost(serverName)) return undefined;
      return named.find(({ leaf }) => leaf.checkHost(serverName))?.context;
    },
  };
}

const versions: Readonly<Record<string, SecureVersion>> = {
  TLSv1: 'TLSv1',
  'TLSv1.0': 'TLSv1',
  'TLSv1.1': 'TLSv1.1',
  'TLSv1.2': 'TLSv1.2',
  'TLSv1.3': 'TLSv1.3',
};

function policyOptions(protocols: readonly string[], ciphers: readonly string[]): SecureContextOptions {
  const allowed = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'].filter((version) =>
    protocols.some((protocol) => versions[protocol] === version),
  ) as SecureVersion[];
  const old = allowed.some((version) => version === 'TLSv1' || version === 'TLSv1.1');
  return {
    minVersion: allowed[0],
    maxVersion: allowed.at(-1),
    // OpenSSL keeps the old versions and weak hashes behind its security level.
    ciphers: [...ciphers, ...(old ? ['@SECLEVEL=0'] : [])].join(':'),
    honorCipherOrder: true,
  };
}

function keyPair({ certificatePem, chainPem, privateKeyPem }: CertificateConfig): SecureContextOptions {
  return { cert: `${certificatePem.trim()}\n${chainPem}`, key: privateKeyPem };
}
