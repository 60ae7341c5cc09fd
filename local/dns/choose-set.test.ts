import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseSet } from './choose-set.ts';
import type { IndexedSet, Routing } from './zone-index.ts';

const set = (name: string, routing?: Routing): IndexedSet => ({
  type: 'A',
  ttl: 60,
  rdata: [Buffer.from(name)],
  alias: false,
  routing,
  healthCheckId: name,
});
const weighted = (name: string, weight: number) => set(name, { policy: 'weighted', weight });
const primary = set('primary', { policy: 'failover', role: 'primary' });
const secondary = set('secondary', { policy: 'failover', role: 'secondary' });
const view = (healthy: readonly string[], draw = 0) => ({
  healthy: ({ healthCheckId = '' }: IndexedSet) => healthy.includes(healthCheckId),
  draw: () => draw,
});

test('a failover pair answers with the primary, while that is unhealthy with a healthy secondary, else with the primary', () => {
  for (const pair of [
    [primary, secondary],
    [secondary, primary],
  ]) {
    expect(chooseSet(pair, view(['primary', 'secondary']))).toBe(primary);
    expect(chooseSet(pair, view(['primary']))).toBe(primary);
    expect(chooseSet(pair, view(['secondary']))).toBe(secondary);
    expect(chooseSet(pair, view([]))).toBe(primary);
  }
});

test('weights share the answers in their proportion among the healthy, and among all where none is', () => {
  const sets = [weighted('a', 1), weighted('b', 3), weighted('c', 0)];
  const shares = (healthy: readonly string[]) => {
    const draws = Array.from({ length: 400 }, (_, index) => index / 400);
    const chosen = draws.map((draw) => chooseSet(sets, view(healthy, draw))?.healthCheckId);
    return ['a', 'b', 'c'].map((name) => chosen.filter((each) => each === name).length);
  };
  expect(shares(['a', 'b', 'c'])).toEqual([100, 300, 0]);
  expect(shares(['a', 'c'])).toEqual([400, 0, 0]);
  expect(shares(['c'])).toEqual([0, 0, 400]);
  expect(shares([])).toEqual([100, 300, 0]);
});

test('weights that are all 0 share alike, and whatever is drawn, one is chosen', () => {
  const sets = [weighted('a', 0), weighted('b', 0)];
  expect([0, 0.49, 0.5, 0.99].map((draw) => chooseSet(sets, view(['a', 'b'], draw))?.healthCheckId)).toEqual([
    'a',
    'a',
    'b',
    'b',
  ]);
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 20 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (weights, draw) => {
        const some = weights.map((weight, index) => weighted(String(index), weight));
        const chosen = chooseSet(
          some,
          view(
            some.map(({ healthCheckId = '' }) => healthCheckId),
            draw,
          ),
        );
        expect(chosen).toBeDefined();
        if (weights.some((weight) => weight > 0)) expect(chosen?.routing).not.toMatchObject({ weight: 0 });
      },
    ),
  );
});

test('one without a policy is the answer, healthy or not', () => {
  const plain = set('plain');
  expect(chooseSet([plain], view([]))).toBe(plain);
});
