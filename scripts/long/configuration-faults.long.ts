import type { DistributionConfig } from '@aws-sdk/client-cloudfront';
import { GetDistributionConfigCommand, UpdateDistributionCommand } from '@aws-sdk/client-cloudfront';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Fault } from '../../fixtures/faults/fault.ts';
import { createFaultHands } from '../../fixtures/faults/hands.ts';
import type { InjectedFault } from '../../fixtures/faults/injector.ts';
import { createFaultInjector } from '../../fixtures/faults/injector.ts';
import { faults } from '../../fixtures/faults/list.ts';
import { createDialer } from '../../fixtures/probes/dialer.ts';
import type { Stack } from '../../provisioning/attach.ts';
import { attach } from '../../provisioning/attach.ts';
import { readDeployment } from '../../provisioning/deployment/read.ts';
import type { JournalEntry } from '../../reports/journal.ts';
import { repositoryRoot } from '../repository.ts';
import { configurationObservations, items } from './testing/observers/configuration-observations.ts';
import type { Outsider } from './testing/observers/outsider.ts';
import { createOutsider } from './testing/observers/outsider.ts';
import { until } from './testing/until.ts';
import type { Workplace } from './testing/workplace.ts';
import { openWorkplace } from './testing/workplace.ts';

let place: Workplace;
let stack: Stack;
let outsider: Outsider;
const notes: string[] = [];
const entries: JournalEntry[] = [];

const deployment = readDeployment(`${repositoryRoot}/provisioning/deployments/artifacthub.yaml`);

beforeAll(async () => {
  place = openWorkplace();
  const { exitCode, stderr } = await place.stormproof(['up']);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  const descriptor = place.stack('up');
  stack = attach(descriptor);
  const environment = JSON.parse((await place.stormproof(['env', '--json'])).stdout);
  outsider = await createOutsider(environment, descriptor, deployment.domain.name);
});
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

for (const [name, observe] of Object.entries(configurationObservations))
  test(`an outsider sees ${name} begin and end`, async () => {
    const becomes = (broken: boolean) =>
      until(`${name} to be ${broken ? 'seen' : 'gone'}`, 60_000, async () => {
        const observation = await observe(outsider);
        return observation.broken === broken && observation;
      });
    await becomes(false);
    const injected = await inject(name);
    try {
      await becomes(true);
    } finally {
      await injected.end();
    }
    await becomes(false);
  });

test('an outsider sees another certificate, and no request is lost to it', async () => {
  const fingerprint = async () => {
    const seen = await outsider.presented();
    return typeof seen === 'object' ? seen.fingerprint : seen;
  };
  const before = await fingerprint();
  const requests = keepAsking();
  const injected = await inject('certificate-rotated');
  expect(await fingerprint()).toMatch(/^(?:[0-9A-F]{2}:){31}/);
  expect(await fingerprint()).not.toBe(before);
  await injected.end();
  expect(await fingerprint()).toBe(before);
  const statuses = await requests.stop();
  expect(statuses.length).toBeGreaterThan(20);
  expect(new Set(statuses)).toEqual(new Set([200]));
});

for (const name of ['pod-deleted', 'pod-evicted', 'pod-killed'])
  test(`an outsider sees ${name} take one pod, and as many ready again`, async () => {
    const state = async () =>
      new Map(
        (await items(outsider.kubectl)).map(({ metadata, status }) => [
          `${metadata.uid} ${status.containerStatuses?.[0]?.restartCount}`,
          status.containerStatuses?.[0]?.ready === true && !metadata.deletionTimestamp,
        ]),
      );
    const before = await until('three pods, all ready', 60_000, async () => {
      const pods = await state();
      return pods.size === 3 && [...pods.values()].every(Boolean) && pods;
    });
    const injected = await inject(name);
    const lost = await until('one of the pods to be gone', 30_000, async () => {
      const after = await state();
      const missing = [...before.keys()].filter((pod) => !after.get(pod));
      return missing.length > 0 && missing;
    });
    expect(lost).toHaveLength(1);
    await injected.end();
    expect([...(await state()).values()].filter((ready) => ready)).toHaveLength(3);
  });

test('a foreign change to the distribution between injection and undo is kept, and reported', async () => {
  const injected = await inject('waf-detached');
  await changeDistribution((config) => ({ ...config, Comment: 'theirs' }));
  await injected.end();
  expect(notes.at(-1)).toMatch(/^waf-detached: web ACL of distribution .* keeps it: Comment$/);
  const { config } = await distribution();
  expect(config.Comment).toBe('theirs');
  expect(config.WebACLId).toBe(stack.descriptor.resources.edgeWebAclArn);
});

test('a foreign change of what the fault had changed stops the undo with the difference, and stays', async () => {
  const injected = await inject('edge-configuration-changed');
  const setPath = (OriginPath: string) =>
    changeDistribution((config) => ({
      ...config,
      Origins: {
        Quantity: config.Origins?.Quantity,
        Items: config.Origins?.Items?.map((origin) =>
          origin.OriginPath === '' ? origin : { ...origin, OriginPath },
        ),
      },
    }));
  await setPath('/theirs');
  await expect(injected.end()).rejects.toThrow(
    /OriginPath: ours \/stormproof-absent, theirs \/theirs, before ; nothing was written/,
  );
  expect((await distribution()).config.Origins?.Items?.map(({ OriginPath }) => OriginPath)).toContain(
    '/theirs',
  );
  await setPath('');
  await injected.end();
});

async function inject(name: string): Promise<InjectedFault<unknown>> {
  const fault = faults.find((known) => known.name === name) as Fault<unknown>;
  const hands = () =>
    createFaultHands({
      stack,
      dialer: createDialer(stack.descriptor),
      deployment,
      signal: AbortSignal.timeout(120_000),
      note: (message) => notes.push(message),
    });
  const journal = {
    write: (entry: JournalEntry) => void entries.push(entry),
    close: () => undefined,
    path: '',
  };
  const injector = createFaultInjector({ requirement: name, journal, hands: hands(), endingHands: hands() });
  try {
    return await injector.inject(fault);
  } catch (error) {
    await injector.endAll();
    throw error;
  }
}

async function distribution(): Promise<{ readonly config: DistributionConfig; readonly etag?: string }> {
  const { distributionId: Id } = stack.descriptor.resources;
  const { DistributionConfig: config, ETag: etag } = await stack.aws.cloudfront.send(
    new GetDistributionConfigCommand({ Id }),
  );
  if (!config) throw new Error(`Distribution ${Id} has no configuration`);
  return { config, etag };
}

async function changeDistribution(change: (config: DistributionConfig) => DistributionConfig): Promise<void> {
  const { config, etag } = await distribution();
  const { distributionId: Id } = stack.descriptor.resources;
  await stack.aws.cloudfront.send(
    new UpdateDistributionCommand({ Id, IfMatch: etag, DistributionConfig: change(config) }),
  );
}

/** One request after another through the edge, by curl. */
function keepAsking() {
  const stop = new AbortController();
  const statuses: (number | string)[] = [];
  const asking = (async () => {
    while (!stop.signal.aborted) {
      const seen = await outsider.viewer(`/api/v1/whoami?asking=${statuses.length}`);
      statuses.push(typeof seen === 'string' ? seen : seen.status);
    }
  })();
  return {
    stop: async () => {
      stop.abort();
      await asking;
      return statuses;
    },
  };
}
