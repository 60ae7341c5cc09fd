import type { KeyObject } from 'node:crypto';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { ImportCertificateRequest, ImportCertificateResponse, KeyAlgorithm } from '@aws-sdk/client-acm';
import { AwsError } from '../../service.ts';
import { findCertificate } from './certificate.ts';
import { newCertificateArn } from './request-certificate.ts';
import type { AcmState, KeyMaterial, StoredCertificate } from './state.ts';

/** A new certificate, or new key material under the ARN that is given. */
export function importCertificate(
  state: AcmState,
  input: ImportCertificateRequest,
): ImportCertificateResponse {
  const { context, certificates, tags } = state;
  const existing = input.CertificateArn ? importedBefore(state, input) : undefined;
  const leaf = parseLeaf(text(input.Certificate));
  const chain = parseChain(text(input.CertificateChain));
  const key = parseKey(text(input.PrivateKey));
  checkMatch(leaf, key, chain, context.clock.now());
  const issued: KeyMaterial = {
    certificatePem: text(input.Certificate),
    chainPem: text(input.CertificateChain),
    privateKeyPem: text(input.PrivateKey),
    at: context.clock.now(),
  };
  const certificate: StoredCertificate = {
    arn: existing?.arn ?? newCertificateArn(state),
    type: 'IMPORTED',
    createdAt: existing?.createdAt ?? context.clock.now(),
    keyAlgorithm: keyAlgorithm(key),
    transparency: 'DISABLED',
    names: namesOf(leaf),
    status: 'ISSUED',
    validations: [],
    issued,
  };
  certificates.set(certificate.arn, certificate);
  if (input.Tags) tags.add(certificate.arn, input.Tags);
  context.changed();
  return { CertificateArn: certificate.arn };
}

function importedBefore(state: AcmState, input: ImportCertificateRequest): StoredCertificate {
  const existing = findCertificate(state, input.CertificateArn);
  if (existing.type !== 'IMPORTED')
    throw invalid(`The certificate ${existing.arn} was not imported and cannot be imported again.`);
  if (input.Tags?.length) throw invalid('Tagging is not permitted on re-import.');
  return existing;
}

function parseLeaf(pem: string): X509Certificate {
  if ((pem.match(/-----BEGIN CERTIFICATE-----/g) ?? []).length > 1)
    throw invalid(
      'The certificate field contains more than one certificate. You can specify only one certificate in this field.',
    );
  return parse(pem, 'The certificate body');
}

function parseChain(pem: string): X509Certificate[] {
  const parts = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  if (pem.trim() !== '' && parts.length === 0)
    throw invalid('The certificate chain is not in a valid PEM format.');
  return parts.map((part) => parse(part, 'The certificate chain'));
}

function parse(pem: string, what: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw invalid(`${what} is not in a valid PEM format.`);
  }
}

function parseKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw invalid('The private key is not in a valid PEM format, or is encrypted.');
  }
}

function checkMatch(leaf: X509Certificate, key: KeyObject, chain: X509Certificate[], now: Date): void {
  if (!leaf.checkPrivateKey(key)) throw invalid('The private key does not match the certificate.');
  if (now < new Date(leaf.validFrom)) throw invalid('The certificate is not valid yet.');
  if (now > new Date(leaf.validTo)) throw invalid('The certificate has expired.');
  let child = leaf;
  for (const issuer of chain) {
    if (!child.verify(issuer.publicKey))
      throw invalid('Could not validate the certificate with the certificate chain.');
    child = issuer;
  }
}

function keyAlgorithm(key: KeyObject): KeyAlgorithm {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  const named = namedCurve ? `EC_${namedCurve}` : `RSA_${modulusLength}`;
  if (!importable.includes(named)) throw invalid(`The private key algorithm ${named} is not supported.`);
  return named as KeyAlgorithm;
}

const importable: readonly string[] = [
  'RSA_1024',
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'EC_prime256v1',
  'EC_secp384r1',
  'EC_secp521r1',
];

function namesOf(leaf: X509Certificate): string[] {
  const alternatives = (leaf.subjectAltName ?? '').match(/(?<=DNS:)[^,\s]+/g) ?? [];
  const common = /^CN=(.*)$/m.exec(leaf.subject)?.[1];
  return [...new Set([...(common ? [common] : []), ...alternatives])];
}

function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('utf8');
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
