import type {
  AddListenerCertificatesInput,
  AddListenerCertificatesOutput,
  DescribeListenerCertificatesInput,
  DescribeListenerCertificatesOutput,
  RemoveListenerCertificatesInput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { AwsError } from '../../service.ts';
import { describePage } from './describe-page.ts';
import { checkCertificate } from './listener-settings.ts';
import type { Elbv2State, StoredListener } from './state.ts';
import { findListener, invalid } from './state.ts';

/** ELB user guide, quotas: 25 certificates an Application Load Balancer beside the default ones. */
const most = 25;

export function listenerCertificateHandlers(state: Elbv2State) {
  return {
    AddListenerCertificates: (input: AddListenerCertificatesInput): AddListenerCertificatesOutput => {
      const stored = findSecure(state, input.ListenerArn);
      const arns = (input.Certificates ?? []).map(({ CertificateArn = '' }) => CertificateArn);
      for (const arn of arns) checkCertificate(state, arn);
      const all = [...new Set([...stored.certificates, ...arns])];
      if (all.length > most + 1)
        throw new AwsError('TooManyCertificates', `A load balancer can have at most ${most} certificates`);
      stored.certificates = all;
      state.context.changed();
      return {
        Certificates: (input.Certificates ?? []).map((certificate) => ({ ...certificate, IsDefault: false })),
      };
    },
    RemoveListenerCertificates: (input: RemoveListenerCertificatesInput): object => {
      const stored = findSecure(state, input.ListenerArn);
      const arns = (input.Certificates ?? []).map(({ CertificateArn = '' }) => CertificateArn);
      if (arns.includes(stored.certificates[0] ?? ''))
        throw new AwsError('OperationNotPermitted', 'Default certificate cannot be removed');
      stored.certificates = stored.certificates.filter((arn) => !arns.includes(arn));
      state.context.changed();
      return {};
    },
    DescribeListenerCertificates: (
      input: DescribeListenerCertificatesInput,
    ): DescribeListenerCertificatesOutput => {
      const { certificates } = findSecure(state, input.ListenerArn);
      const { items, NextMarker } = describePage(certificates, input, (arn) => arn);
      return {
        Certificates: items.map((arn) => ({ CertificateArn: arn, IsDefault: arn === certificates[0] })),
        NextMarker,
      };
    },
  };
}

function findSecure(state: Elbv2State, arn: string | undefined): StoredListener {
  const stored = findListener(state, arn);
  if (stored.protocol !== 'HTTPS') throw invalid(`Listener '${arn}' must be an HTTPS listener`);
  return stored;
}
