import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLooks, type Looks } from '../../fixtures/faults/looks.ts';
import { createDialer } from '../../fixtures/probes/dialer.ts';
import type { NetworkFault } from '../../local/base/plane-fault.ts';
import { attach, type Stack } from '../../provisioning/attach.ts';
import { readDeployment } from '../../provisioning/deployment/read.ts';
import { until } from './testing/until.ts';
import type { Workplace } from './testing/workplace.ts';
import { openWorkplace } from './testing/workplace.ts';

const deployment = readDeployment('provisioning/deployments/artifacthub.yaml');
let place: Workplace;
let stack: Stack;
let look: Looks;

beforeAll(async () => {
  place = openWorkplace();
  const up = await place.stormproof(['up']);
  expect(up.exitCode, up.stderr).toBe(0);
  const descriptor = place.stack('up');
  stack = attach(descriptor);
  const { signal } = new AbortController();
  look = createLooks({ stack, dialer: createDialer(descriptor), deployment, signal });
});
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

const status = async (): Promise<number | undefined> => {
  const seen = await look.http();
  return 'status' in seen ? seen.status : undefined;
};
/** A commit, which waits for the standby. */
const write = () => look.sql("SELECT pg_logical_emit_message(true, 'network', 'probe')");

test.each([
  ['edge-to-load-balancer', () => look.http()],
  ['load-balancer-to-pods', () => look.http()],
  ['pods-to-database', () => look.sql('SELECT 1')],
  ['primary-to-standby', write],
] as const)('latency of %s is there, and goes', async (hop, exchange) => {
  await using fault = await broken({
    hop,
    effect: { kind: 'latency', latencyWallMs: 150, jitterWallMs: 10 },
  });
  expect(await took(exchange)).toBeGreaterThanOrEqual(280);
  await fault.mend();
  expect(await took(exchange)).toBeLessThan(280);
});

test('putting a fault in and taking it out costs no request', async () => {
  let going = true;
  const statuses = new Set<number | undefined>();
  const lanes = Array.from({ length: 4 }, async () => {
    while (going) statuses.add(await status());
  });
  for (const hop of ['edge-to-load-balancer', 'load-balancer-to-pods'] as const)
    for (let round = 0; round < 3; round++) {
      await using fault = await broken({
        hop,
        effect: { kind: 'latency', latencyWallMs: 5, jitterWallMs: 5 },
      });
      await status();
      await fault.mend();
      await status();
    }
  going = false;
  await Promise.all(lanes);
  expect(statuses).toEqual(new Set([200]));
});

test.each(['cut', 'hang', 'half-open', 'reset'] as const)(
  'the deployment is itself again after %s between load balancer and pods',
  async (kind) => {
    await using fault = await broken({ hop: 'load-balancer-to-pods', effect: { kind } });
    expect(await status()).toBeGreaterThanOrEqual(500);
    await fault.mend();
    await until('requests to be answered', 30_000, async () => (await status()) === 200);
  },
);

async function took(exchange: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await exchange();
  return performance.now() - startedMs;
}

async function broken(fault: Omit<NetworkFault, 'plane'>) {
  const { control } = stack;
  if (!control) throw new TypeError('Cannot break the stack: it has no control endpoint');
  const id = crypto.randomUUID();
  await control.break(id, { plane: 'network', ...fault });
  const mend = () => control.mend(id);
  return { mend, [Symbol.asyncDispose]: mend };
}
