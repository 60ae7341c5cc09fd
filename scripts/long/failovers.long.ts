import { expect, test } from 'vitest';
import { createRandom } from '../../local/base/random.ts';
import { percentile } from '../bench/table.ts';
import { openDatabaseSite } from './testing/failovers/database-site.ts';
import type { LoopPlan, LoopResult } from './testing/failovers/loop.ts';
import { playLoops } from './testing/failovers/loop.ts';
import { intervalMs, outageTruthTable } from './testing/failovers/outage-truth.ts';
import type { Injury } from './testing/failovers/round.ts';
import { ledgerTable, recoveryTable } from './testing/failovers/table.ts';

const seed = Number(process.env.SEED ?? 1);
/** A share of all rounds, for a look at the loop itself. */
const share = Number(process.env.SHARE ?? 1);

test('a hundred forced failovers and a hundred crashes at speed 10, five of each at the real pace: nothing lost, nothing twice, one primary at a time', {
  timeout: 2_400_000,
}, async () => {
  const results = (
    await Promise.all([
      playPlans(10, deal(shuffled(rounds(100)), ['a', 'b', 'c', 'd', 'e'])),
      playPlans(1, deal(rounds(5), ['y', 'z'])),
    ])
  ).flat();
  print(recoveryTable(results));
  print(ledgerTable(results));
  const outages = results.flatMap((result) => result.outages);
  print(outageTruthTable(outages));
  for (const { identifier, rounds: played, reigns, splitBrain, verdict, unseen, trouble } of results) {
    expect(verdict.keys, identifier).toMatchObject({
      verdict: 'pass',
      lost: [],
      repeated: [],
      unexpected: [],
    });
    expect(verdict.serializable, identifier).toMatchObject({ verdict: 'pass', findings: [] });
    expect(splitBrain, identifier).toEqual([]);
    expect(reigns.length, identifier).toBe(played.length + 1);
    expect({ identifier, unseen, trouble }).toEqual({ identifier, unseen: [], trouble: undefined });
  }
  // Within one interval of where the observers' own uncertainty ends: they place it by what they saw, not by luck.
  for (const end of ['begin', 'end'] as const)
    expect(
      percentile(
        outages.map((outage) => outage[end].missMs),
        0.99,
      ),
      end,
    ).toBeLessThanOrEqual(intervalMs);
});

test('the same loop finds the loss of an asynchronous standby, and a primary that is not fenced', {
  timeout: 600_000,
}, async () => {
  const forced: readonly Injury[] = ['forced failover', 'forced failover'];
  const plan = { beside: 'bank', injuries: forced, seed } as const;
  const [asynchronous, unfenced] = await playPlans(10, [
    { ...plan, identifier: 'asynchronous', defect: 'asynchronous-standby' },
    { ...plan, identifier: 'unfenced', defect: 'old-primary-not-fenced' },
  ]);
  print(ledgerTable([asynchronous, unfenced].filter((result) => result !== undefined)));
  expect(asynchronous?.verdict.keys.verdict).toBe('fail');
  expect(asynchronous?.verdict.keys.lost.length).toBeGreaterThan(0);
  expect(unfenced?.splitBrain.length).toBeGreaterThan(0);
});

async function playPlans(speed: number, plans: readonly LoopPlan[]): Promise<readonly LoopResult[]> {
  await using site = await openDatabaseSite({ speed, seed });
  return await playLoops(site, plans);
}

/** So many forced failovers, and so many crashes: two of five by SIGKILL of everything or by SIGSTOP. */
function rounds(each: number): readonly Injury[] {
  const count = Math.ceil(each * share);
  const crashes: readonly Injury[] = [
    'postmaster killed',
    'server killed',
    'postmaster killed',
    'server frozen',
    'postmaster killed',
  ];
  return Array.from({ length: count }, (_, index) => [
    'forced failover' as const,
    crashes[index % crashes.length] as Injury,
  ]).flat();
}

function shuffled<T>(items: readonly T[]): readonly T[] {
  const random = createRandom(seed);
  return items
    .map((item) => ({ item, key: random.next() }))
    .sort((one, other) => one.key - other.key)
    .map(({ item }) => item);
}

function deal(all: readonly Injury[], instances: readonly string[]): readonly LoopPlan[] {
  const identifiers = instances.slice(0, Math.ceil(instances.length * share));
  return identifiers.map((identifier, place) => ({
    identifier,
    injuries: all.filter((_, index) => index % identifiers.length === place),
    beside: place % 2 === 0 ? ('lists' as const) : ('bank' as const),
    newConnections: place === 0,
    seed: seed + place,
  }));
}

function print(text: string): void {
  process.stdout.write(`${text}\n\n`);
}
