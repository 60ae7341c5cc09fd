import { STSClient } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import { offlineDescriptor } from '../fixtures/runner/testing/offline-descriptor.ts';
import { preflight } from '../fixtures/safety/preflight.ts';
import { createStsService } from '../local/aws/services/sts.ts';
import { startTestGateway } from '../local/aws/services/test-gateway.ts';
import type { Stack } from '../provisioning/attach.ts';
import { attach } from '../provisioning/attach.ts';
import { parseDeployment } from '../provisioning/deployment/read.ts';
import { deploymentWith } from './long/testing/deployment-with.ts';

const signal = new AbortController().signal;
const minuteMs = 60_000;

/** A stack of which only the caller's identity is there. */
async function openIdentity(expiration?: Date) {
  const gateway = await startTestGateway((context) => [createStsService(context)]);
  const { clientOptions } = gateway;
  const sts = new STSClient({
    ...clientOptions,
    credentials: { ...clientOptions.credentials, ...(expiration && { expiration }) },
  });
  const offline = attach(offlineDescriptor());
  const stack: Stack = { ...offline, aws: { ...offline.aws, sts } };
  return {
    problems: (safety: string, disrupts = false) =>
      preflight({
        stack,
        deployment: parseDeployment(deploymentWith({ safety }), 'x.yaml'),
        conditions: [],
        disrupts,
        plannedWallMs: 10 * minuteMs,
        signal,
      }),
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}

test('the account and the environment must be allowed, for looking too', async () => {
  await using identity = await openIdentity();
  expect(await identity.problems('{}')).toEqual([]);
  expect(
    await identity.problems("{ allow: { accounts: ['111122223333'], environments: [staging] } }"),
  ).toEqual([]);
  expect(
    await identity.problems("{ allow: { accounts: ['999999999999'], environments: [development] } }"),
  ).toEqual([
    'account 111122223333 is not in safety.allow.accounts (999999999999)',
    'environment staging is not in safety.allow.environments (development)',
  ]);
});

test('credentials must outlive what is planned to be disrupted', async () => {
  const about = async (expiration: Date | undefined, disrupts: boolean) => {
    await using identity = await openIdentity(expiration);
    return (await identity.problems('{}', disrupts)).filter((problem) => problem.includes('expire'));
  };
  const soon = new Date(Date.now() + minuteMs);
  expect(await about(soon, true)).toEqual([expect.stringContaining(`expire at ${soon.toISOString()}`)]);
  expect(await about(soon, false)).toEqual([]);
  expect(await about(new Date(Date.now() + 11 * minuteMs), true)).toEqual([]);
  expect(await about(undefined, true)).toEqual([]);
});

test('what cannot be looked at is a problem, and hides no other', async () => {
  await using identity = await openIdentity();
  const problems = await identity.problems("{ quietHours: [{ from: '00:00', to: '24:00' }] }", true);
  expect(problems).toEqual([
    expect.stringContaining('quiet hours (every day 00:00 to 24:00 UTC) hold'),
    expect.stringMatching(/^Cannot check what is under way: /),
  ]);
});
