import type { Origin as OriginConfig } from '@aws-sdk/client-cloudfront';
import type { HeaderList } from './headers.ts';

/** An origin's settings with CloudFront's defaults filled in. Times are stack milliseconds. */
export interface Origin {
  readonly id: string;
  /** Equal for equal settings: those origins share their connections. */
  readonly identity: string;
  readonly domainName: string;
  /** Before every path; '' or begins with a slash. */
  readonly path: string;
  readonly customHeaders: HeaderList;
  readonly isBucket: boolean;
  readonly originAccessControlId: string | undefined;
  readonly protocolPolicy: 'http-only' | 'https-only' | 'match-viewer';
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly minTlsVersion: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2';
  readonly connectionAttempts: number;
  readonly connectionTimeoutMs: number;
  readonly readTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly completionTimeoutMs: number | undefined;
}

/** Defaults: CloudFront API Reference, Origin, CustomOriginConfig, S3OriginConfig. */
export function compileOrigin(config: OriginConfig): Origin {
  const { CustomOriginConfig: custom, S3OriginConfig: bucket, DomainName = '' } = config;
  if (config.VpcOriginConfig)
    throw new RangeError(`Cannot apply origin "${config.Id}": VPC origins are not emulated`);
  const seconds = (value: number | undefined, otherwise: number): number => (value ?? otherwise) * 1000;
  return {
    id: config.Id ?? '',
    identity: JSON.stringify(config),
    domainName: DomainName.toLowerCase(),
    path: config.OriginPath ?? '',
    customHeaders: (config.CustomHeaders?.Items ?? []).map(
      ({ HeaderName = '', HeaderValue = '' }) => [HeaderName, HeaderValue] as const,
    ),
    isBucket: custom === undefined,
    originAccessControlId: config.OriginAccessControlId || undefined,
    protocolPolicy: custom?.OriginProtocolPolicy ?? 'match-viewer',
    httpPort: custom?.HTTPPort ?? 80,
    httpsPort: custom?.HTTPSPort ?? 443,
    minTlsVersion: lowest(custom?.OriginSslProtocols?.Items ?? ['TLSv1.2']),
    connectionAttempts: config.ConnectionAttempts ?? 3,
    connectionTimeoutMs: seconds(config.ConnectionTimeout, 10),
    readTimeoutMs: seconds(custom?.OriginReadTimeout ?? bucket?.OriginReadTimeout, 30),
    keepAliveMs: seconds(custom?.OriginKeepaliveTimeout, 5),
    completionTimeoutMs: config.ResponseCompletionTimeout
      ? config.ResponseCompletionTimeout * 1000
      : undefined,
  };
}

function lowest(protocols: readonly string[]): Origin['minTlsVersion'] {
  if (protocols.includes('SSLv3') || protocols.includes('TLSv1')) return 'TLSv1';
  return protocols.includes('TLSv1.1') ? 'TLSv1.1' : 'TLSv1.2';
}
