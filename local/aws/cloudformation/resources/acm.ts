import type {
  CertificateDetail,
  DescribeCertificateCommandOutput,
  RequestCertificateCommandOutput,
} from '@aws-sdk/client-acm';
import { RequestCertificateRequest$ } from '@aws-sdk/client-acm';
import { unlessAbsent } from './absent.ts';
import { InvalidProperty, toInput } from './input.ts';
import type { Properties, ResourceType, Tools } from './resource-type.ts';
import { NotStabilized } from './resource-type.ts';

/**
 * With DNS validation and a hosted zone for every name, CloudFormation writes the validation records itself and the
 * stack goes on when the certificate is issued (User Guide, AWS::CertificateManager::Certificate). It does not take
 * the records away again: others may rely on them.
 */
export const certificate: ResourceType = {
  type: 'AWS::CertificateManager::Certificate',
  properties: {
    DomainName: 'replace',
    SubjectAlternativeNames: 'replace',
    DomainValidationOptions: 'replace',
    ValidationMethod: 'replace',
    KeyAlgorithm: 'replace',
    Tags: 'fixed',
  },
  required: ['DomainName'],
  attributes: ['Id'],
  tags: 'list',
  create: async (properties, tools) => {
    const { DomainValidationOptions: _options, ...rest } = properties;
    const output = await tools.call<RequestCertificateCommandOutput>('acm', 'RequestCertificate', {
      ...toInput<object>(RequestCertificateRequest$, rest),
      IdempotencyToken: tools.token.replaceAll('-', ''),
    });
    const arn = String(output.CertificateArn);
    tools.identify(arn);
    await writeValidationRecords(arn, zones(properties), tools);
    await tools.until(async () => issued(await describe(arn, tools)));
  },
  read: async (id) => ({ Id: id }),
  delete: (id, tools) => unlessAbsent(tools.call('acm', 'DeleteCertificate', { CertificateArn: id })),
};

function zones(properties: Properties): Map<string, string> {
  const options = (properties.DomainValidationOptions ?? []) as Properties[];
  const entries = options.map((option, index): [string, string] => {
    const extra = Object.keys(option).find((key) => !['DomainName', 'HostedZoneId'].includes(key));
    if (extra !== undefined)
      throw new InvalidProperty(
        `#/DomainValidationOptions/${index}: extraneous key [${extra}] is not permitted`,
      );
    return [String(option.DomainName), String(option.HostedZoneId)];
  });
  return new Map(entries);
}

/** ACM tells the records a little after the request. */
async function writeValidationRecords(
  arn: string,
  zoneOf: ReadonlyMap<string, string>,
  tools: Tools,
): Promise<void> {
  if (zoneOf.size === 0) return;
  let found: CertificateDetail | undefined;
  await tools.until(async () => {
    found = await describe(arn, tools);
    return (found?.DomainValidationOptions ?? []).every(({ ResourceRecord }) => ResourceRecord !== undefined);
  });
  for (const { DomainName, ResourceRecord } of found?.DomainValidationOptions ?? []) {
    const HostedZoneId = zoneOf.get(String(DomainName));
    if (!HostedZoneId || !ResourceRecord) continue;
    const { Name, Type, Value } = ResourceRecord;
    const set = { Name, Type, TTL: 300, ResourceRecords: [{ Value }] };
    await tools.call('route53', 'ChangeResourceRecordSets', {
      HostedZoneId,
      ChangeBatch: { Changes: [{ Action: 'UPSERT', ResourceRecordSet: set }] },
    });
  }
}

function issued(found: CertificateDetail | undefined): boolean {
  if (found?.Status === 'FAILED' || found?.Status === 'VALIDATION_TIMED_OUT')
    throw new NotStabilized(`Certificate status is ${found.Status}: ${found.FailureReason ?? ''}`);
  return found?.Status === 'ISSUED';
}

async function describe(arn: string, tools: Tools): Promise<CertificateDetail | undefined> {
  const output = await tools.call<DescribeCertificateCommandOutput>('acm', 'DescribeCertificate', {
    CertificateArn: arn,
  });
  return output.Certificate;
}
