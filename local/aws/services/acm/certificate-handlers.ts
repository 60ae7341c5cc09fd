import type {
  DeleteCertificateRequest,
  DescribeCertificateRequest,
  DescribeCertificateResponse,
  Filters,
  GetCertificateRequest,
  GetCertificateResponse,
  ListCertificatesRequest,
  ListCertificatesResponse,
} from '@aws-sdk/client-acm';
import { AwsError } from '../../service.ts';
import { pageOf } from '../page.ts';
import { describeCertificate, findCertificate, statusOf, summarizeCertificate } from './certificate.ts';
import type { AcmState, StoredCertificate } from './state.ts';

export function certificateHandlers(state: AcmState) {
  return {
    DescribeCertificate: (input: DescribeCertificateRequest): DescribeCertificateResponse => ({
      Certificate: describeCertificate(state, findCertificate(state, input.CertificateArn)),
    }),
    GetCertificate: ({ CertificateArn }: GetCertificateRequest): GetCertificateResponse => {
      const { arn, issued } = findCertificate(state, CertificateArn);
      if (!issued)
        throw new AwsError('RequestInProgressException', `The certificate ${arn} is not issued yet`);
      return { Certificate: issued.certificatePem, CertificateChain: issued.chainPem };
    },
    DeleteCertificate: (input: DeleteCertificateRequest) => deleteCertificate(state, input),
    ListCertificates: (input: ListCertificatesRequest) => listCertificates(state, input),
  };
}

function deleteCertificate(state: AcmState, { CertificateArn }: DeleteCertificateRequest): undefined {
  const { context, certificates, ports, tags } = state;
  const { arn } = findCertificate(state, CertificateArn);
  if (ports.inUseBy(arn).length > 0)
    throw new AwsError(
      'ResourceInUseException',
      `Certificate ${arn} in account ${context.accountId} is in use.`,
    );
  certificates.delete(arn);
  tags.drop(arn);
  context.changed();
}

function listCertificates(state: AcmState, input: ListCertificatesRequest): ListCertificatesResponse {
  const { CertificateStatuses: statuses, Includes, SortBy, SortOrder } = input;
  if ((SortBy === undefined) !== (SortOrder === undefined))
    throw new AwsError('ValidationException', 'SortBy and SortOrder must be specified together');
  const matching = [...state.certificates.values()].filter(
    (certificate) =>
      (!statuses?.length || statuses.includes(statusOf(state, certificate))) &&
      included(certificate, Includes),
  );
  // Creation order is the map's own, so the position is the key.
  const ordered = SortOrder === 'DESCENDING' ? matching.reverse() : matching;
  const position = new Map(
    ordered.map((certificate, index) => [certificate, String(index).padStart(6, '0')]),
  );
  const page = pageOf(ordered, {
    from: input.NextToken,
    limit: input.MaxItems ?? 1000,
    keyOf: (certificate) => position.get(certificate) ?? '',
  });
  return {
    NextToken: page.next,
    CertificateSummaryList: page.items.map((certificate) => summarizeCertificate(state, certificate)),
  };
}

/** ACM API reference, Filters: without `keyTypes` only RSA_1024 and RSA_2048 are listed. */
function included({ keyAlgorithm, issued }: StoredCertificate, filters: Filters = {}): boolean {
  const keyTypes: readonly string[] = filters.keyTypes?.length ? filters.keyTypes : ['RSA_1024', 'RSA_2048'];
  const usages = ['ANY', 'DIGITAL_SIGNATURE', 'KEY_ENCIPHERMENT'];
  const extended = ['ANY', 'TLS_WEB_SERVER_AUTHENTICATION', 'TLS_WEB_CLIENT_AUTHENTICATION'];
  const has = (asked: readonly string[] | undefined, known: readonly string[]) =>
    !asked?.length || (issued !== undefined && asked.some((usage) => known.includes(usage)));
  return (
    keyTypes.includes(keyAlgorithm) &&
    has(filters.keyUsage, usages) &&
    has(filters.extendedKeyUsage, extended) &&
    filters.exportOption !== 'ENABLED' &&
    filters.managedBy === undefined
  );
}
