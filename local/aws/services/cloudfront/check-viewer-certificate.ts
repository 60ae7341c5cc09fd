import type { DistributionConfig } from '@aws-sdk/client-cloudfront';
import { AwsError } from '../../service.ts';
import type { CloudFrontState } from './state.ts';

export function checkViewerCertificate({ ports }: CloudFrontState, config: DistributionConfig): void {
  const aliases = config.Aliases?.Items ?? [];
  const {
    ACMCertificateArn: arn,
    IAMCertificateId,
    CloudFrontDefaultCertificate,
    ...how
  } = config.ViewerCertificate ?? {};
  if (IAMCertificateId || (arn && !isUsable(arn))) throw noSuchCertificate();
  if (arn && CloudFrontDefaultCertificate)
    throw invalid('Your request contains more than one certificate for the distribution.');
  if (!arn) {
    if (aliases.length === 0) return;
    throw invalid(
      'To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate that validates your authorization to use the domain name.',
    );
  }
  const certificate = ports.certificate(arn);
  if (!certificate) throw noSuchCertificate();
  if (aliases.some((alias) => !certificate.names.some((name) => covers(name, alias))))
    throw invalid(
      "The certificate that is attached to your distribution doesn't cover the alternate domain name (CNAME) that you're trying to add.",
    );
  checkProtocol(how.SSLSupportMethod, how.MinimumProtocolVersion);
}

/** CloudFront reads certificates of us-east-1 only. */
function isUsable(arn: string): boolean {
  return /^arn:aws:acm:us-east-1:\d{12}:certificate\//.test(arn);
}

function covers(name: string, alias: string): boolean {
  if (name.toLowerCase() === alias.toLowerCase()) return true;
  return (
    name.startsWith('*.') && alias.slice(alias.indexOf('.')).toLowerCase() === name.slice(1).toLowerCase()
  );
}

const sniVersions: readonly string[] = [
  'TLSv1',
  'TLSv1_2016',
  'TLSv1.1_2016',
  'TLSv1.2_2018',
  'TLSv1.2_2019',
  'TLSv1.2_2021',
  'TLSv1.2_2025',
  'TLSv1.3_2025',
];

function checkProtocol(method: string | undefined, version: string = 'TLSv1'): void {
  if (method !== 'sni-only')
    throw invalid('The parameter SSLSupportMethod must be sni-only for this certificate.');
  if (!sniVersions.includes(version))
    throw new AwsError(
      'InvalidMinimumProtocolVersion',
      'The minimum protocol version specified is not valid.',
    );
}

function noSuchCertificate(): AwsError {
  return invalid(
    "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.",
  );
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidViewerCertificate', message);
}
