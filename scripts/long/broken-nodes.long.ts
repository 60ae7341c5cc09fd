import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { beforeAll, expect, test } from 'vitest';
import { until } from './testing/until.ts';
import { upInTest } from './testing/up-in-test.ts';

const up = upInTest();
let core: CoreV1Api;

beforeAll(() => {
  const config = new KubeConfig();
  config.loadFromString(up.stack.descriptor.kubernetes.kubeconfig);
  core = config.makeApiClient(CoreV1Api);
});

test('a zone without power costs its pods, which move once Kubernetes gives it up, and it comes back', async () => {
  const { items } = await core.listNode();
  const [lost] = items.filter(({ metadata }) =>
    metadata?.labels?.['topology.kubernetes.io/zone']?.endsWith('b'),
  );
  const name = lost?.metadata?.name ?? '';
  const before = await podsOn(name);
  expect(before.length).toBeGreaterThan(0);
  await up.stack.control?.break('lost', { plane: 'nodes', nodes: [name] });
  expect(await podsOn(name)).toEqual(before);
  await until('the load balancer to send to pods of the other zones alone', 60_000, answersInARow);
  await until('the node to be given up', 90_000, async () => (await readiness(name)) === 'Unknown');
  await until('replacements to be made', 420_000, async () => {
    const left = await core.listPodForAllNamespaces({ fieldSelector: `spec.nodeName=${name}` });
    return left.items.every(({ metadata }) => metadata?.deletionTimestamp !== undefined);
  });
  expect(await answersInARow()).toBe(true);
  await up.stack.control?.mend('lost');
  expect(await readiness(name)).toBe('True');
  await until('the pods that were given up to be gone', 30_000, async () => {
    const now = await podsOn(name);
    return !now.some((pod) => before.includes(pod));
  });
  expect((await up.stack.control?.state())?.broken).toEqual([]);
});

async function answersInARow(): Promise<boolean> {
  for (let n = 0; n < 20; n++) {
    const seen = await up.look.http();
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
