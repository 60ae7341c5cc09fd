import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLooks, type Looks } from '../../fixtures/faults/looks.ts';
import { createDialer } from '../../fixtures/probes/dialer.ts';
import { attach, type Stack } from '../../provisioning/attach.ts';
import { readDeployment } from '../../provisioning/deployment/read.ts';
import { inRepository } from '../repository.ts';
import { until } from './testing/until.ts';
import type { Workplace } from './testing/workplace.ts';
import { openWorkplace } from './testing/workplace.ts';

let place: Workplace;
let stack: Stack;
let look: Looks;
let core: CoreV1Api;

beforeAll(async () => {
  place = openWorkplace();
  const up = await place.stormproof(['up']);
  expect(up.exitCode, up.stderr).toBe(0);
  const descriptor = place.stack('up');
  stack = attach(descriptor);
  const config = new KubeConfig();
  config.loadFromString(descriptor.kubernetes.kubeconfig);
  core = config.makeApiClient(CoreV1Api);
  const deployment = readDeployment(inRepository('provisioning/deployments/artifacthub.yaml'));
  const { signal } = new AbortController();
  look = createLooks({ stack, dialer: createDialer(descriptor), deployment, signal });
});
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

test('a zone without power costs its pods, which move once Kubernetes gives it up, and it comes back', async () => {
  const { items } = await core.listNode();
  const [lost] = items.filter(({ metadata }) =>
    metadata?.labels?.['topology.kubernetes.io/zone']?.endsWith('b'),
  );
  const name = lost?.metadata?.name ?? '';
  const before = await podsOn(name);
  expect(before.length).toBeGreaterThan(0);
  await stack.control?.break('lost', { plane: 'nodes', nodes: [name] });
  expect(await podsOn(name)).toEqual(before);
  await until('the load balancer to send to pods of the other zones alone', 60_000, answersInARow);
  await until('the node to be given up', 90_000, async () => (await readiness(name)) === 'Unknown');
  await until('replacements to be made', 420_000, async () => {
    const left = await core.listPodForAllNamespaces({ fieldSelector: `spec.nodeName=${name}` });
    return left.items.every(({ metadata }) => metadata?.deletionTimestamp !== undefined);
  });
  expect(await answersInARow()).toBe(true);
  await stack.control?.mend('lost');
  expect(await readiness(name)).toBe('True');
  await until('the pods that were given up to be gone', 30_000, async () => {
    const now = await podsOn(name);
    return !now.some((pod) => before.includes(pod));
  });
  expect((await stack.control?.state())?.broken).toEqual([]);
});

async function answersInARow(): Promise<boolean> {
  for (let n = 0; n < 20; n++) {
    const seen = await look.http();
    if (!('status' in seen) || seen.status !== 200) return false;
  }
  return true;
}

async function podsOn(node: string): Promise<string[]> {
  const { items } = await core.listPodForAllNamespaces({ fieldSelector: `spec.nodeName=${node}` });
  return items
    .filter(({ status }) => status?.phase === 'Running')
    .map(({ metadata }) => metadata?.name ?? '')
    .sort();
}

async function readiness(name: string): Promise<string | undefined> {
  const { status } = await core.readNode({ name });
  return status?.conditions?.find(({ type }) => type === 'Ready')?.status;
}
