import type { Certificate, ProtocolEnum } from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../../service.ts';
import { defaultPolicyName, findPolicy } from './ssl-policies.ts';
import type { Elbv2State, StoredListener } from './state.ts';
import { invalid } from './state.ts';

export function checkEndpoint(
  port: number | undefined,
  protocol: ProtocolEnum | undefined,
): Pick<StoredListener, 'port' | 'protocol'> {
  if (port === undefined) throw invalid('A listener port must be specified');
  if (protocol === undefined) throw invalid('A listener protocol must be specified');
  if (port < 1 || port > 65_535) throw invalid(`Port '${port}' must be between 1 and 65535`);
  if (protocol !== 'HTTP' && protocol !== 'HTTPS')
    throw invalid(`Listener protocol '${protocol}' must be one of 'HTTP, HTTPS'`);
  return { port, protocol };
}

/** HTTPS has exactly one certificate here and a policy; HTTP has neither. */
export function checkSecurity(
  state: Elbv2State,
  protocol: ProtocolEnum,
  {
    Certificates = [],
    SslPolicy,
  }: { Certificates?: Certificate[] | undefined; SslPolicy?: string | undefined },
): Pick<StoredListener, 'certificates' | 'sslPolicy'> {
  if (protocol === 'HTTP') return { certificates: [], sslPolicy: undefined };
  if (Certificates.length === 0) throw invalid('A certificate must be specified for HTTPS listeners');
  if (Certificates.length > 1)
    throw new AwsError('TooManyCertificates', 'Exactly one certificate can be specified for a listener');
  const arn = Certificates[0]?.CertificateArn ?? '';
  checkCertificate(state, arn);
  return { certificates: [arn], sslPolicy: findPolicy(SslPolicy ?? defaultPolicyName).Name };
}

export function checkCertificate({ ports }: Elbv2State, arn: string): void {
  if (!ports.certificateExists(arn))
    throw new AwsError('CertificateNotFound', `Certificate '${arn}' not found`);
}
