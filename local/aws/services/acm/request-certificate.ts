import { createHash } from 'node:crypto';
import type {
  DomainValidation,
  RequestCertificateRequest,
  RequestCertificateResponse,
} from '@aws-sdk/client-acm';
import { AwsError } from '../../service.ts';
import type { AcmState, StoredCertificate } from './state.ts';
import { awaitValidation } from './validate-domains.ts';

/** ACM API reference, IdempotencyToken: good for one hour. */
const tokenLifeMs = 3_600_000;

export function requestCertificate(
  state: AcmState,
  input: RequestCertificateRequest,
): RequestCertificateResponse {
  const { context, certificates, tags, tokens } = state;
  const names = [...new Set([input.DomainName ?? '', ...(input.SubjectAlternativeNames ?? [])])];
  checkRequest(input, names);
  const token = input.IdempotencyToken && JSON.stringify([input.IdempotencyToken, names]);
  const repeated = token && tokens.get(token);
  if (repeated && certificates.has(repeated)) return { CertificateArn: repeated };
  const certificate: StoredCertificate = {
    arn: newCertificateArn(state),
    type: 'AMAZON_ISSUED',
    createdAt: context.clock.now(),
    keyAlgorithm: input.KeyAlgorithm ?? 'RSA_2048',
    transparency: input.Options?.CertificateTransparencyLoggingPreference ?? 'ENABLED',
    names,
    status: 'PENDING_VALIDATION',
    validations: names.map((name) => pendingValidation(context.accountId, name, input)),
    issued: undefined,
  };
  certificates.set(certificate.arn, certificate);
  tags.add(certificate.arn, input.Tags ?? []);
  if (token) {
    tokens.set(token, certificate.arn);
    context.clock.after(tokenLifeMs, () => void tokens.delete(token), context.signal);
  }
  if (input.ValidationMethod === 'DNS') awaitValidation(state, certificate);
  return { CertificateArn: certificate.arn };
}

export function newCertificateArn({ context }: AcmState): string {
  return `arn:aws:acm:${context.region}:${context.accountId}:certificate/${context.random.uuid()}`;
}

function checkRequest(input: RequestCertificateRequest, names: readonly string[]): void {
  const fail = (message: string, code = 'InvalidParameterException') => {
    throw new AwsError(code, message);
  };
  if (names.length > 100)
    fail('The number of domain names exceeds the limit of 100', 'LimitExceededException');
  for (const name of names)
    if (!domainPattern.test(name) || name.length > 253)
      fail(`The domain name "${name}" is not valid`, 'InvalidDomainValidationOptionsException');
  if (!requestable.includes(input.KeyAlgorithm ?? 'RSA_2048'))
    fail(`The key algorithm ${input.KeyAlgorithm} cannot be requested`);
  if (input.CertificateAuthorityArn)
    fail(`Could not find certificate authority ${input.CertificateAuthorityArn}`, 'InvalidArnException');
  if (input.ValidationMethod === 'HTTP')
    fail('The HTTP validation method is for certificates that CloudFront manages');
}

const domainPattern = /^(\*\.)?([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}$/;
const requestable: readonly string[] = ['RSA_2048', 'EC_prime256v1'];

/** The same account and domain always get the same record, so that one CNAME serves every later certificate. */
function pendingValidation(
  accountId: string,
  name: string,
  { ValidationMethod, DomainValidationOptions }: RequestCertificateRequest,
): DomainValidation {
  const base = name.replace(/^\*\./, '').toLowerCase();
  const asked = DomainValidationOptions?.find(({ DomainName }) => DomainName === name)?.ValidationDomain;
  const common = { DomainName: name, ValidationStatus: 'PENDING_VALIDATION' as const };
  if (ValidationMethod !== 'DNS') {
    const domain = asked ?? base;
    const mailboxes = ['admin', 'administrator', 'hostmaster', 'postmaster', 'webmaster'];
    const ValidationEmails = mailboxes.map((mailbox) => `${mailbox}@${domain}`);
    return { ...common, ValidationMethod: 'EMAIL', ValidationDomain: domain, ValidationEmails };
  }
  const digest = createHash('sha256').update(`${accountId} ${base}`).digest('hex');
  return {
    ...common,
    ValidationMethod: 'DNS',
    ValidationDomain: base,
    ResourceRecord: {
      Name: `_${digest.slice(0, 32)}.${base}.`,
      Type: 'CNAME',
      Value: `_${digest.slice(32, 64)}.${zoneLabel(digest)}.acm-validations.aws.`,
    },
  };
}

function zoneLabel(digest: string): string {
  return [...digest.slice(0, 10)]
    .map((digit) => String.fromCharCode(97 + Number.parseInt(digit, 16)))
    .join('');
}
