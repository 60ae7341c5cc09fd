import type { CertificateStatus, DomainValidation, KeyAlgorithm } from '@aws-sdk/client-acm';
import type { CertificateAuthority } from '../../../base/certificates.ts';
import type { ServiceContext } from '../../service.ts';
import type { TagStore } from '../tag-store.ts';

export interface AcmPorts {
  /** Signs what RequestCertificate asks for. */
  readonly authority: CertificateAuthority;
  /** The value of a CNAME as the public name servers give it now; names end with a dot. */
  resolveCname(name: string): Promise<string | undefined> | string | undefined;
  /** ARNs of the distributions and load balancers that present this certificate. */
  inUseBy(certificateArn: string): readonly string[];
}

export interface AcmState {
  readonly context: ServiceContext;
  readonly ports: AcmPorts;
  readonly certificates: Map<string, StoredCertificate>;
  /** Idempotency token and names → the ARN they got. */
  readonly tokens: Map<string, string>;
  readonly tags: TagStore;
}

export interface StoredCertificate {
  readonly arn: string;
  readonly type: 'AMAZON_ISSUED' | 'IMPORTED';
  readonly createdAt: Date;
  readonly keyAlgorithm: KeyAlgorithm;
  readonly transparency: 'ENABLED' | 'DISABLED';
  names: readonly string[];
  status: CertificateStatus;
  validations: readonly DomainValidation[];
  issued: KeyMaterial | undefined;
}

export interface KeyMaterial {
  readonly certificatePem: string;
  readonly chainPem: string;
  readonly privateKeyPem: string;
  /** When it was issued, or imported. */
  readonly at: Date;
}
