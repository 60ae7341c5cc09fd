import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto as unknown as Crypto);

/** PEM text throughout. */
export interface IssuedCertificate {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  /** The issuer's certificate, leaf not included. */
  readonly chainPem: string;
  readonly serialNumber: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface LeafOptions {
  readonly names: readonly string[];
  readonly addresses?: readonly string[];
  readonly keyType?: 'EC_prime256v1' | 'RSA_2048';
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Organisation in the subject: Kubernetes reads groups from it. */
  readonly organization?: string;
  readonly commonName?: string;
}

export interface CertificateAuthority {
  readonly certificatePem: string;
  issue(options: LeafOptions): Promise<IssuedCertificate>;
}

/** A private root that lives as long as the stack: nothing outside it ever trusts it. */
export async function createCertificateAuthority(commonName: string): Promise<CertificateAuthority> {
  const keys = await generateKeys('EC_prime256v1');
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomSerial(),
    name: [{ CN: [commonName] }],
    notBefore: new Date(Date.now() - hourMs),
    notAfter: new Date(Date.now() + 3650 * dayMs),
    keys,
    signingAlgorithm: ecdsa,
    extensions: [
      new x509.BasicConstraintsExtension(true, 1, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    certificatePem: root.toString('pem'),
    issue: (options) => issueLeaf(root, keys, options),
  };
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const rsa = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: 'SHA-256',
} as const;

async function issueLeaf(
  root: x509.X509Certificate,
  rootKeys: CryptoKeyPair,
  options: LeafOptions,
): Promise<IssuedCertificate> {
  const { names, addresses = [], keyType = 'EC_prime256v1' } = options;
  const notBefore = options.notBefore ?? new Date(Date.now() - hourMs);
  // 198 days: what ACM gives since 2026-02-18 (reference, addenda).
  const notAfter = options.notAfter ?? new Date(Date.now() + 198 * dayMs);
  const keys = await generateKeys(keyType);
  const serialNumber = randomSerial();
  const subject: Record<string, string[]>[] = [];
  if (options.organization) subject.push({ O: [options.organization] });
  subject.push({ CN: [options.commonName ?? names[0] ?? addresses[0] ?? 'unnamed'] });
  const leaf = await x509.X509CertificateGenerator.create({
    serialNumber,
    subject: new x509.Name(subject).toString(),
    issuer: root.subject,
    notBefore,
    notAfter,
    signingKey: rootKeys.privateKey,
    publicKey: keys.publicKey,
    signingAlgorithm: ecdsa,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
        true,
      ),
      new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']),
      new x509.SubjectAlternativeNameExtension([
        ...names.map((value) => ({ type: 'dns' as const, value })),
        ...addresses.map((value) => ({ type: 'ip' as const, value })),
      ]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(root.publicKey),
    ],
  });
  return {
    certificatePem: leaf.toString('pem'),
    privateKeyPem: await exportPrivateKey(keys.privateKey),
    chainPem: root.toString('pem'),
    serialNumber,
    notBefore,
    notAfter,
  };
}

function generateKeys(keyType: 'EC_prime256v1' | 'RSA_2048'): Promise<CryptoKeyPair> {
  const algorithm = keyType === 'RSA_2048' ? rsa : ecdsa;
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<CryptoKeyPair>;
}

async function exportPrivateKey(key: CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  const lines = der
    .toString('base64')
    .replace(/(.{64})/g, '$1\n')
    .trimEnd();
  return `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`;
}

function randomSerial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01;
  return Buffer.from(bytes).toString('hex');
}
