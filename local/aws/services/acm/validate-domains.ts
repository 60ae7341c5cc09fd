import type { DomainValidation } from '@aws-sdk/client-acm';
import type { AcmState, StoredCertificate } from './state.ts';

/** How often ACM looks for the CNAMEs: minutes at first in reality, so this is its quick end. */
const lookMs = 3_000;
/** ACM guide: a request that is not validated within 72 hours times out. */
const giveUpMs = 72 * 3_600_000;

/** Looks for the validation CNAMEs until all are there, the certificate is deleted, or 72 hours are over. */
export function awaitValidation(state: AcmState, certificate: StoredCertificate): void {
  const { clock, signal } = state.context;
  const deadlineMs = clock.elapsedMs() + giveUpMs;
  const look = async (): Promise<void> => {
    if (state.certificates.get(certificate.arn) !== certificate) return;
    certificate.validations = await Promise.all(
      certificate.validations.map((validation) => validated(state, validation)),
    );
    if (certificate.validations.every(isValidated)) await issue(state, certificate);
    else if (clock.elapsedMs() > deadlineMs) certificate.status = 'VALIDATION_TIMED_OUT';
    else clock.after(lookMs, look, signal);
  };
  clock.after(lookMs, look, signal);
}

function isValidated({ ValidationStatus }: DomainValidation): boolean {
  return ValidationStatus === 'SUCCESS';
}

async function validated(state: AcmState, validation: DomainValidation): Promise<DomainValidation> {
  const { Name = '', Value = '' } = validation.ResourceRecord ?? {};
  if (isValidated(validation) || !Name) return validation;
  const found = await state.ports.resolveCname(Name);
  return found && absolute(found) === absolute(Value)
    ? { ...validation, ValidationStatus: 'SUCCESS' }
    : validation;
}

function absolute(name: string): string {
  return name.toLowerCase().replace(/\.?$/, '.');
}

async function issue(state: AcmState, certificate: StoredCertificate): Promise<void> {
  const { context, ports } = state;
  const { names, keyAlgorithm } = certificate;
  const keyType = keyAlgorithm === 'EC_prime256v1' ? 'EC_prime256v1' : 'RSA_2048';
  const issued = await ports.authority.issue({ names, keyType });
  if (context.signal.aborted || !state.certificates.has(certificate.arn)) return;
  certificate.issued = { ...issued, at: context.clock.now() };
  certificate.status = 'ISSUED';
  context.changed();
}
