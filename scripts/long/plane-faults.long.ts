import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Fault } from '../../fixtures/faults/fault.ts';
import { awaitGone } from '../../fixtures/faults/gone.ts';
import { createFaultHands } from '../../fixtures/faults/hands.ts';
import { faults } from '../../fixtures/faults/list.ts';
import { networkBandwidth } from '../../fixtures/faults/network/network-bandwidth.ts';
import { networkCut } from '../../fixtures/faults/network/network-cut.ts';
import { networkHalfOpen } from '../../fixtures/faults/network/network-half-open.ts';
import { networkLatency } from '../../fixtures/faults/network/network-latency.ts';
import { networkRefused } from '../../fixtures/faults/network/network-refused.ts';
import { networkReset } from '../../fixtures/faults/network/network-reset.ts';
import { createDialer } from '../../fixtures/probes/dialer.ts';
import type { Stack } from '../../provisioning/attach.ts';
import { attach } from '../../provisioning/attach.ts';
import { readDeployment } from '../../provisioning/deployment/read.ts';
import { repositoryRoot } from '../repository.ts';
import { foreignClient } from './testing/foreign-client.ts';
import type { Observation } from './testing/observers/plane-observations.ts';
import { observationsOf } from './testing/observers/plane-observations.ts';
import { until } from './testing/until.ts';
import type { Workplace } from './testing/workplace.ts';
import { openWorkplace } from './testing/workplace.ts';

let place: Workplace;
let stack: Stack;
let observations: Readonly<Record<string, Observation>>;

const deployment = readDeployment(`${repositoryRoot}/provisioning/deployments/artifacthub.yaml`);

beforeAll(async () => {
  place = openWorkplace();
  const { exitCode, stderr } = await place.stormproof(['up']);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  stack = attach(place.stack('up'));
  observations = await observationsOf(stack, deployment, place.path);
});
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

const only = process.env.ONLY_FAULTS?.split(',');

/** Made through the control endpoint, or by what these faults share with it; the others have tests of their own. */
const names = [
  'pod-hung',
  'pod-cpu-stressed',
  'pod-memory-stressed',
  'pod-file-descriptors-exhausted',
  'dns-nxdomain',
  'dns-servfail',
  'dns-slow',
  'dns-stale',
  'dns-wrong-answer',
  'dns-loss',
  's3-errors',
  's3-throttled',
  's3-slow',
  'ssm-errors',
  'ssm-throttled',
  'log-collector-down',
  'log-backlog',
  'trace-collector-down',
  'trace-backlog',
  'network-latency',
  'network-jitter',
  'network-bandwidth',
  'network-cut',
  'network-half-open',
  'network-reset',
  'network-refused',
  'origin-refused',
  'origin-hung',
  'origin-slow',
  'database-unreachable-from-pods',
  'database-connections-exhausted',
  'database-rebooted',
  'database-replication-cut',
  'database-primary-killed',
  'database-primary-frozen',
  'database-storage-full',
  'node-stopped',
  'zone-lost',
];

/** The same faults elsewhere than where the list has them. */
const others: Readonly<Record<string, Fault<never>>> = {
  'network-latency over pods-to-database': networkLatency({ hop: 'pods-to-database' }),
  'network-latency over primary-to-standby': networkLatency({ hop: 'primary-to-standby' }),
  'network-latency over edge-to-storage': networkLatency({ hop: 'edge-to-storage' }),
  'network-reset over pods-to-database': networkReset({ hop: 'pods-to-database' }),
  'network-refused over pods-to-database': networkRefused({ hop: 'pods-to-database' }),
  'network-half-open over pods-to-database': networkHalfOpen({ hop: 'pods-to-database' }),
  'network-bandwidth over pods-to-database': networkBandwidth({
    hop: 'pods-to-database',
    bytesPerWallSecond: 1000,
  }),
  'network-cut over edge-to-storage': networkCut({ hop: 'edge-to-storage' }),
} as Readonly<Record<string, unknown>> as Readonly<Record<string, Fault<never>>>;

const seenByKubectl = ['node-stopped', 'zone-lost'];

const cases = [...names, ...Object.keys(others)].filter((name) => only === undefined || only.includes(name));

test.for(cases)('%s is seen to begin and to end by somebody else', async (name, context) => {
  const fault = (others[name] ?? inList(name)) as Fault<unknown>;
  const reason = fault.unsupported?.(stack.descriptor);
  if (reason !== undefined) context.skip(reason);
  if (seenByKubectl.includes(name)) foreignClient('kubectl', context);
  const observation = observations[name];
  if (!observation) throw new RangeError(`Cannot judge ${name}: nobody observes it`);
  await notSeen(`${name} not to be seen before it`, observation);
  const { proof, proveMs } = await throughout(fault, observation);
  await notSeen(`${name} not to be seen any more`, observation);
  console.log(`${name}: ${proof} (${Math.round(proveMs)} ms)`);
});

test('faults that this stack cannot make say why', () => {
  const reasons = faults.flatMap(({ name, unsupported }) => {
    const reason = unsupported?.(stack.descriptor);
    return reason === undefined ? [] : [`${name}: ${reason}`];
  });
  for (const reason of reasons) console.log(reason);
  expect(reasons.length).toBeGreaterThan(0);
});

/** Injected, proved by itself, seen by the observer, ended, and proved gone by itself. */
async function throughout(fault: Fault<unknown>, observation: Observation) {
  const hands = createFaultHands({
    stack,
    dialer: createDialer(stack.descriptor),
    deployment,
    signal: new AbortController().signal,
    note: () => undefined,
  });
  const { memo: planned } = await fault.plan(hands);
  let memo = planned;
  try {
    const startedMs = performance.now();
    const injecting = fault.inject(hands, planned);
    const seen = fault.kind === 'one-shot' ? seenSoon(fault, observation, planned) : undefined;
    memo = await injecting;
    const proof = await fault.prove(hands, memo);
    const proveMs = performance.now() - startedMs;
    await (seen ?? seenSoon(fault, observation, memo));
    return { proof, proveMs };
  } finally {
    // As `recover` does: by the fault of the list, with the memo as the journal has it, and twice over.
    const listed = inList(fault.name);
    const journalled: unknown = JSON.parse(JSON.stringify(memo));
    if (listed.kind === 'reversible') {
      await listed.undo(hands, journalled);
      await listed.undo(hands, journalled);
      await listed.proveGone(hands, journalled);
    } else await awaitGone(listed, hands, journalled);
  }
}

function inList(name: string): Fault<unknown> {
  const fault = faults.find((candidate) => candidate.name === name);
  if (!fault) throw new RangeError(`Cannot find fault "${name}"`);
  return fault;
}

function seenSoon({ name }: Fault<unknown>, observation: Observation, memo: unknown): Promise<true> {
  return until(`${name} to be seen`, 40_000, async () => (await observation(memo)).there || undefined);
}

async function notSeen(what: string, observation: Observation): Promise<void> {
  await until(what, 90_000, async () => !(await observation(undefined)).there);
}
