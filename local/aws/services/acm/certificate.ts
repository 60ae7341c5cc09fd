import { X509Certificate } from 'node:crypto';
import type { CertificateDetail, CertificateStatus, CertificateSummary } from '@aws-sdk/client-acm';
import { AwsError } from '../../service.ts';
import type { AcmState, StoredCertificate } from './state.ts';

export function findCertificate({ certificates, context }: AcmState, arn = ''): StoredCertificate {
  if (!/^arn:aws:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/.test(arn))
    throw new AwsError('InvalidArnException', `The certificate ARN "${arn}" is not valid.`);
  const found = certificates.get(arn);
  if (found) return found;
  throw new AwsError(
    'ResourceNotFoundException',
    `Certificate with arn ${arn} not found in account ${context.accountId}`,
  );
}

export function describeCertificate(state: AcmState, certificate: StoredCertificate): CertificateDetail {
  const { arn, type, names, issued, validations } = certificate;
  const parsed = issued && new X509Certificate(issued.certificatePem);
  return {
    CertificateArn: arn,
    DomainName: names[0],
    SubjectAlternativeNames: [...names],
    DomainValidationOptions: type === 'IMPORTED' ? undefined : [...validations],
    Serial: parsed?.serialNumber.toLowerCase().match(/../g)?.join(':'),
    Subject: parsed ? parsed.subject.replaceAll('\n', ', ') : `CN=${names[0]}`,
    Issuer: parsed && commonName(parsed.issuer),
    SignatureAlgorithm: parsed?.signatureAlgorithm?.toUpperCase(),
    InUseBy: [...state.ports.inUseBy(arn)],
    KeyUsages: parsed && [{ Name: 'DIGITAL_SIGNATURE' }, { Name: 'KEY_ENCIPHERMENT' }],
    ExtendedKeyUsages: parsed && [
      { Name: 'TLS_WEB_SERVER_AUTHENTICATION', OID: '1.3.6.1.5.5.7.3.1' },
      { Name: 'TLS_WEB_CLIENT_AUTHENTICATION', OID: '1.3.6.1.5.5.7.3.2' },
    ],
    Options: { CertificateTransparencyLoggingPreference: certificate.transparency, Export: 'DISABLED' },
    ...shared(state, certificate, parsed),
  };
}

export function summarizeCertificate(state: AcmState, certificate: StoredCertificate): CertificateSummary {
  const { arn, names, issued } = certificate;
  return {
    CertificateArn: arn,
    DomainName: names[0],
    SubjectAlternativeNameSummaries: [...names.slice(0, 100)],
    HasAdditionalSubjectAlternativeNames: names.length > 100,
    KeyUsages: issued && ['DIGITAL_SIGNATURE', 'KEY_ENCIPHERMENT'],
    ExtendedKeyUsages: issued && ['TLS_WEB_SERVER_AUTHENTICATION', 'TLS_WEB_CLIENT_AUTHENTICATION'],
    ExportOption: 'DISABLED',
    InUse: state.ports.inUseBy(arn).length > 0,
    Exported: false,
    ...shared(state, certificate, issued && new X509Certificate(issued.certificatePem)),
  };
}

/** ACM issues and imports only what is valid; what it has may expire meanwhile. */
export function statusOf({ context }: AcmState, { status, issued }: StoredCertificate): CertificateStatus {
  if (status !== 'ISSUED' || !issued) return status;
  const { validTo } = new X509Certificate(issued.certificatePem);
  return context.clock.now() > new Date(validTo) ? 'EXPIRED' : 'ISSUED';
}

function shared(state: AcmState, certificate: StoredCertificate, parsed: X509Certificate | undefined) {
  const { arn, type, keyAlgorithm, createdAt, issued } = certificate;
  const status = statusOf(state, certificate);
  const managed = type === 'AMAZON_ISSUED';
  // ACM guide, "Managed certificate renewal": in use by another service, and issued by ACM.
  const renewable = managed && status === 'ISSUED' && state.ports.inUseBy(arn).length > 0;
  return {
    Type: type,
    Status: status,
    KeyAlgorithm: keyAlgorithm,
    CreatedAt: createdAt,
    IssuedAt: managed ? issued?.at : undefined,
    ImportedAt: managed ? undefined : issued?.at,
    NotBefore: parsed && new Date(parsed.validFrom),
    NotAfter: parsed && new Date(parsed.validTo),
    RenewalEligibility: renewable ? ('ELIGIBLE' as const) : ('INELIGIBLE' as const),
  };
}

function commonName(subject: string): string | undefined {
  return /^CN=(.*)$/m.exec(subject)?.[1];
}
