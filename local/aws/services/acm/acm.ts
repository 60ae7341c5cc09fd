import * as sdk from '@aws-sdk/client-acm';
import type { AwsService, ServiceContext } from '../../service.ts';
import { createTagStore } from '../tag-store.ts';
import { certificateHandlers } from './certificate-handlers.ts';
import { importCertificate } from './import-certificate.ts';
import { requestCertificate } from './request-certificate.ts';
import type { AcmPorts, AcmState, StoredCertificate } from './state.ts';
import { tagHandlers } from './tag-handlers.ts';

/** Every certificate that has key material, by ARN. */
export interface AcmSnapshot {
  readonly certificates: Readonly<Record<string, CertificatePems>>;
}

export interface CertificatePems {
  readonly certificatePem: string;
  readonly chainPem: string;
  readonly privateKeyPem: string;
  /** The hosts it names, the domain name first. */
  readonly names: readonly string[];
}

export type { AcmPorts } from './state.ts';

export interface AcmService extends AwsService {
  snapshot(): AcmSnapshot;
}

export function createAcmService(context: ServiceContext, ports: AcmPorts): AcmService {
  const state: AcmState = {
    context,
    ports,
    certificates: new Map(),
    tokens: new Map(),
    tags: createTagStore(),
  };
  return {
    sdk,
    client: sdk.ACMClient,
    handlers: {
      RequestCertificate: (input: sdk.RequestCertificateRequest) => requestCertificate(state, input),
      ImportCertificate: (input: sdk.ImportCertificateRequest) => importCertificate(state, input),
      ...certificateHandlers(state),
      ...tagHandlers(state),
    },
    snapshot: () => ({ certificates: Object.fromEntries([...state.certificates.values()].flatMap(pems)) }),
  };
}

function pems({ arn, issued, names }: StoredCertificate): [string, CertificatePems][] {
  if (!issued) return [];
  const { certificatePem, chainPem, privateKeyPem } = issued;
  return [[arn, { certificatePem, chainPem, privateKeyPem, names }]];
}
