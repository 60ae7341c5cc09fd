import { ImportCertificateCommand, ListCertificatesCommand } from '@aws-sdk/client-acm';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { leaseName } from '../../fixtures/safety/lease.ts';
import { runLabel, runTags } from '../../fixtures/safety/run-tag.ts';
import { thisRunner } from '../../fixtures/safety/runner-process.ts';
import { createCertificateAuthority } from '../../local/base/certificates.ts';
import type { Stack } from '../../provisioning/attach.ts';
import { attach } from '../../provisioning/attach.ts';
import { openWorkplace } from './testing/workplace.ts';

test('sweep removes what runs created that are not alive, once, and leaves a living run’s and everybody else’s', async () => {
  await using place = openWorkplace();
  const up = await place.stormproof(['up']);
  expect(up.exitCode, up.stderr).toBe(0);
  await using stack = attach(place.stack('up'));
  const before = await things(stack);
  const hourMs = 3_600_000;
  await leaseOf(stack, 'living', 'another-deployment', hourMs);
  await leaseOf(stack, 'dead', 'hub', -hourMs);
  for (const runId of ['living', 'dead', 'forgotten']) await createThings(stack, runId);
  const listed = await place.stormproof(['sweep', '--dry-run']);
  const removed = await place.stormproof(['sweep']);
  const again = await place.stormproof(['sweep']);
  expect(listed).toMatchObject({ exitCode: 0 });
  expect(lines(listed.stdout)).toEqual([
    'Ingress artifacthub/left-dead of run dead: left',
    'Ingress artifacthub/left-forgotten of run forgotten: left',
    'certificate ARN of run dead: left',
    'certificate ARN of run forgotten: left',
    'lease /stormproof/lease/hub (it expired at TIME) of run dead: left',
  ]);
  expect(removed).toMatchObject({
    exitCode: 0,
    stdout: listed.stdout.replaceAll(': left\n', ': removed\n'),
  });
  expect(again).toMatchObject({ exitCode: 0, stdout: '', stderr: 'nothing was left\n' });
  const after = await things(stack);
  expect(after.ingresses).toEqual([...before.ingresses, 'left-living'].toSorted());
  expect(after.certificates).toHaveLength(before.certificates.length + 1);
});

/** In an order that does not depend on what was drawn. */
function lines(text: string): readonly string[] {
  return text
    .replaceAll(/arn:\S+/g, 'ARN')
    .replaceAll(/expired at [^)]+/g, 'expired at TIME')
    .split('\n')
    .filter(Boolean)
    .toSorted();
}

async function things({ aws, kubernetes }: Stack) {
  const { items } = await kubernetes.networking.listNamespacedIngress({ namespace: 'artifacthub' });
  const { CertificateSummaryList = [] } = await aws.acm.send(new ListCertificatesCommand({}));
  return {
    ingresses: items.map(({ metadata }) => metadata?.name ?? '').toSorted(),
    certificates: CertificateSummaryList.map(({ CertificateArn = '' }) => CertificateArn),
  };
}

async function leaseOf({ aws }: Stack, runId: string, deployment: string, livesMs: number): Promise<void> {
  const expiresAt = new Date(Date.now() + livesMs).toISOString();
  const holder = { ...thisRunner(runId), host: 'elsewhere', expiresAt };
  await aws.ssm.send(
    new PutParameterCommand({ Name: leaseName(deployment), Type: 'String', Value: JSON.stringify(holder) }),
  );
}

async function createThings({ aws, kubernetes }: Stack, runId: string): Promise<void> {
  const namespace = 'artifacthub';
  await kubernetes.networking.createNamespacedIngress({
    namespace,
    body: {
      metadata: { name: `left-${runId}`, namespace, labels: { ...runLabel(runId) } },
      spec: {
        ingressClassName: 'nobody',
        defaultBackend: { service: { name: 'hub', port: { number: 80 } } },
      },
    },
  });
  const authority = await createCertificateAuthority('Left behind');
  const issued = await authority.issue({ names: [`${runId}.example`], keyType: 'RSA_2048' });
  await aws.acm.send(
    new ImportCertificateCommand({
      Certificate: Buffer.from(issued.certificatePem),
      CertificateChain: Buffer.from(issued.chainPem),
      PrivateKey: Buffer.from(issued.privateKeyPem),
      Tags: runTags(runId),
    }),
  );
}
