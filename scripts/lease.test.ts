import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { test as base, expect } from 'vitest';
import type { LeaseHolder } from '../fixtures/safety/lease.ts';
import { leaseName, releaseLeaseOf, takeLease } from '../fixtures/safety/lease.ts';
import type { Runner } from '../fixtures/safety/runner-process.ts';
import { thisRunner } from '../fixtures/safety/runner-process.ts';
import { createSsmService } from '../local/aws/services/ssm/ssm.ts';
import { startTestGateway } from '../local/aws/services/test-gateway.ts';

/** Against the real wire of Parameter Store: the exclusion is the service's. */
const test = base.extend<{ ssm: SSMClient }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads a fixture's needs from its pattern
  ssm: async ({}, use) => {
    await using gateway = await startTestGateway((context) => [createSsmService(context)]);
    await use(new SSMClient(gateway.clientOptions));
  },
});

const elsewhere = (runId: string): Runner => ({ ...thisRunner(runId), host: 'ci-7', pid: 42 });

async function taken(ssm: SSMClient, runner: Runner) {
  const result = await takeLease(ssm, 'hub', runner);
  if ('refused' in result) throw new Error(result.refused);
  return result;
}

async function holder(ssm: SSMClient): Promise<LeaseHolder> {
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: leaseName('hub') }));
  return JSON.parse(Parameter?.Value ?? '') as LeaseHolder;
}

/** As the holder would have written it a while ago. */
async function expire(ssm: SSMClient): Promise<void> {
  const Value = JSON.stringify({ ...(await holder(ssm)), expiresAt: new Date(Date.now() - 1).toISOString() });
  await ssm.send(new PutParameterCommand({ Name: leaseName('hub'), Value, Overwrite: true }));
}

test('of runs that come at once one gets the lease, the others hear who has it and until when', async ({
  ssm,
}) => {
  const runners = ['a', 'b', 'c', 'd'].map(elsewhere);
  const results = await Promise.all(runners.map((runner) => takeLease(ssm, 'hub', runner)));
  const refusals = results.flatMap((result) => ('refused' in result ? [result.refused] : []));
  expect(refusals).toHaveLength(3);
  const { runId, expiresAt } = await holder(ssm);
  for (const refusal of refusals) {
    expect(refusal).toContain(`run ${runId} has the lease /stormproof/lease/hub: process 42 on ci-7 since`);
    expect(refusal).toContain(`until ${expiresAt}`);
    expect(refusal).toContain('stormproof stop');
  }
  expect(await takeLease(ssm, 'another', elsewhere('e'))).toHaveProperty('lease');
});

test('a lease is prolonged while its run lives, and free when it ends', async ({ ssm }) => {
  const { lease } = await taken(ssm, elsewhere('a'));
  await expire(ssm);
  expect(await lease.renew()).toBe(true);
  expect(await takeLease(ssm, 'hub', elsewhere('b'))).toHaveProperty('refused');
  await lease.release();
  await lease.release();
  await taken(ssm, elsewhere('b'));
});

test('an expired lease is taken over with a note; who lost it finds out, and leaves it alone', async ({
  ssm,
}) => {
  const { lease } = await taken(ssm, elsewhere('a'));
  await expire(ssm);
  const { note } = await taken(ssm, elsewhere('b'));
  expect(note).toContain('took over the lease of a: it expired at');
  expect(await lease.renew()).toBe(false);
  await lease.release();
  expect(await holder(ssm)).toMatchObject({ runId: 'b' });
});

test('the lease of a process of this host that is gone is free at once', async ({ ssm }) => {
  const gone = { ...thisRunner('a'), startTicks: '1' };
  await taken(ssm, gone);
  const { note } = await taken(ssm, elsewhere('b'));
  expect(note).toBe(`took over the lease of a: its process ${gone.pid} is gone`);
});

test('recover gives back the lease of the run that it recovers, and no other', async ({ ssm }) => {
  await taken(ssm, elsewhere('a'));
  expect(await releaseLeaseOf(ssm, 'hub', 'b')).toBe(false);
  expect(await releaseLeaseOf(ssm, 'hub', 'a')).toBe(true);
  expect(await releaseLeaseOf(ssm, 'hub', 'a')).toBe(false);
});
