import * as sdk from '@aws-sdk/client-acm';
import type { CertificateAuthority } from '../../../base/certificates.ts';
import type { AwsService, ServiceContext } from '../../service.ts';
import type { TagStore } from '../tag-store.ts';
import { createTagStore } from '../tag-store.ts';
import type { StoredCertificate } from './certificate.ts';
import { certificateHandlers } from './certificate-handlers.ts';
import { importCertificate } from './import-certificate.ts';
import { requestCertificate } from './request-certificate.ts';
import { tagHandlers } from './tag-handlers.ts';

export interface AcmPorts {
  /** Signs what RequestCertificate asks for. */
  readonly authority: CertificateAuthority;
  /** The value of a CNAME as the public name servers give it now; names end with a dot. */
  resolveCname(name: string): Promise<string | undefined> | string | undefined;
  /** ARNs of the distributions and load balancers that present this certificate. */
  inUseBy(certificateArn: string): readonly string[];
}

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

export interface AcmService extends AwsService {
  snapshot(): AcmSnapshot;
}

export interface AcmState {
  readonly context: ServiceContext;
  readonly ports: AcmPorts;
  readonly certificates: Map<string, StoredCertificate>;
  /** Idempotency token and names → the ARN they got. */
  readonly tokens: Map<string, string>;
  readonly tags: TagStore;
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
