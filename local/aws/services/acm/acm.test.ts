import { X509Certificate } from 'node:crypto';
import { ACM } from '@aws-sdk/client-acm';
import { expect, test } from 'vitest';
import { createCertificateAuthority } from '../../../base/certificates.ts';
import { serve, until } from '../serve-in-test.ts';
import { createAcmService } from './acm.ts';

async function openAcm() {
  const authority = await createCertificateAuthority('test');
  const records = new Map<string, string>();
  const users: string[] = [];
  const served = await serve((context) =>
    createAcmService(context, {
      authority,
      resolveCname: (name) => records.get(name),
      inUseBy: () => users,
    }),
  );
  const client = new ACM(served.clientConfig);
  return { ...served, client, records, users, authority, [Symbol.asyncDispose]: served[Symbol.asyncDispose] };
}

test('a certificate is issued once its validation records resolve, and not before', async () => {
  await using acm = await openAcm();
  const { CertificateArn } = await acm.client.requestCertificate({
    DomainName: 'artifacthub.example',
    SubjectAlternativeNames: ['*.artifacthub.example'],
    ValidationMethod: 'DNS',
    IdempotencyToken: 'once',
    Tags: [{ Key: 'run', Value: '1' }],
  });
  const again = await acm.client.requestCertificate({
    DomainName: 'artifacthub.example',
    SubjectAlternativeNames: ['*.artifacthub.example'],
    ValidationMethod: 'DNS',
    IdempotencyToken: 'once',
  });
  expect(again.CertificateArn).toBe(CertificateArn);
  await expect(acm.client.getCertificate({ CertificateArn })).rejects.toMatchObject({
    name: 'RequestInProgressException',
  });
  const describe = async () => (await acm.client.describeCertificate({ CertificateArn })).Certificate;
  const pending = await describe();
  expect(pending?.Status).toBe('PENDING_VALIDATION');
  const asked = (pending?.DomainValidationOptions ?? []).map(({ ResourceRecord }) => ResourceRecord);
  expect(new Set(asked.map((record) => record?.Name)).size).toBe(1);
  acm.records.set(asked[0]?.Name ?? '', asked[0]?.Value ?? '');
  const issued = await until(acm.clock, describe, (certificate) => certificate?.Status === 'ISSUED');
  expect(issued?.DomainValidationOptions?.every((v) => v.ValidationStatus === 'SUCCESS')).toBe(true);
  const pems = acm.service.snapshot().certificates[CertificateArn ?? ''];
  const leaf = new X509Certificate(pems?.certificatePem ?? '');
  expect(leaf.checkHost('www.artifacthub.example')).toBe('*.artifacthub.example');
  expect(JSON.stringify(issued)).not.toContain('PRIVATE');
});

test('an imported certificate expires when its time is over; one that is over cannot be imported', async () => {
  await using acm = await openAcm();
  const bytes = (pem: string) => new TextEncoder().encode(pem);
  const importUntil = async (notAfter: Date) => {
    const issued = await acm.authority.issue({
      names: ['a.example'],
      keyType: 'RSA_2048',
      notBefore: new Date(Date.now() - 3_600_000),
      notAfter,
    });
    return acm.client.importCertificate({
      Certificate: bytes(issued.certificatePem),
      CertificateChain: bytes(issued.chainPem),
      PrivateKey: bytes(issued.privateKeyPem),
      Tags: [{ Key: 'run', Value: '1' }],
    });
  };
  await expect(importUntil(new Date(Date.now() - 60_000))).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'The certificate has expired.',
  });
  // Certificates know whole seconds.
  const { CertificateArn } = await importUntil(new Date(Date.now() + 2000));
  const describe = async () => (await acm.client.describeCertificate({ CertificateArn })).Certificate;
  expect((await describe())?.Status).toBe('ISSUED');
  expect(await acm.client.listTagsForCertificate({ CertificateArn })).toMatchObject({
    Tags: [{ Key: 'run', Value: '1' }],
  });
  const expired = await until(acm.clock, describe, (certificate) => certificate?.Status === 'EXPIRED');
  expect(Date.now()).toBeGreaterThan(expired?.NotAfter?.getTime() ?? Number.POSITIVE_INFINITY);
  const listed = async (status: 'ISSUED' | 'EXPIRED') =>
    (await acm.client.listCertificates({ CertificateStatuses: [status] })).CertificateSummaryList?.length;
  expect([await listed('ISSUED'), await listed('EXPIRED')]).toEqual([0, 1]);
  await acm.client.deleteCertificate({ CertificateArn });
});

test('an imported certificate must match its key; one in use cannot be deleted', async () => {
  await using acm = await openAcm();
  const one = await acm.authority.issue({ names: ['a.example'], keyType: 'RSA_2048' });
  const other = await acm.authority.issue({ names: ['a.example'] });
  const bytes = (pem: string) => new TextEncoder().encode(pem);
  const give = (key: string) =>
    acm.client.importCertificate({
      Certificate: bytes(one.certificatePem),
      CertificateChain: bytes(one.chainPem),
      PrivateKey: bytes(key),
    });
  await expect(give(other.privateKeyPem)).rejects.toMatchObject({ name: 'ValidationException' });
  const { CertificateArn } = await give(one.privateKeyPem);
  const listed = await acm.client.listCertificates({});
  expect(listed.CertificateSummaryList).toMatchObject([
    { DomainName: 'a.example', Type: 'IMPORTED', InUse: false },
  ]);
  acm.users.push('arn:aws:cloudfront::111122223333:distribution/E1');
  await expect(acm.client.deleteCertificate({ CertificateArn })).rejects.toMatchObject({
    name: 'ResourceInUseException',
  });
  acm.users.length = 0;
  await acm.client.deleteCertificate({ CertificateArn });
  await expect(acm.client.describeCertificate({ CertificateArn })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});
