import { expect, test } from 'vitest';
import type { NetworkFault } from '../../local/base/plane-fault.ts';
import { until } from './testing/until.ts';
import { upInTest } from './testing/up-in-test.ts';

const up = upInTest();

const status = async (): Promise<number | undefined> => {
  const seen = await up.look.http();
  return 'status' in seen ? seen.status : undefined;
};
/** A commit, which waits for the standby. */
const write = () => up.look.sql("SELECT pg_logical_emit_message(true, 'network', 'probe')");

test.each([
  ['edge-to-load-balancer', () => up.look.http()],
  ['load-balancer-to-pods', () => up.look.http()],
  ['pods-to-database', () => up.look.sql('SELECT 1')],
  ['primary-to-standby', write],
] as const)('latency of %s is there, and goes', async (hop, exchange) => {
  await using fault = await broken({
    hop,
    effect: { kind: 'latency', latencyWallMs: 150, jitterWallMs: 10 },
  });
  expect(await took(exchange)).toBeGreaterThanOrEqual(280);
  await fault.mend();
  await until('an exchange without it', 30_000, async () => (await took(exchange)) < 280);
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
  const { control } = up.stack;
  if (!control) throw new TypeError('Cannot break the stack: it has no control endpoint');
  const id = crypto.randomUUID();
  await control.break(id, { plane: 'network', ...fault });
  const mend = () => control.mend(id);
  return { mend, [Symbol.asyncDispose]: mend };
}
