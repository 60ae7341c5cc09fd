import { expect, test } from 'vitest';
import { createClock } from '../../base/clock.ts';
import { createZoneLimits, evictionRate, zoneState } from './zone-disruption.ts';

test.each([
  [[true, true], 'normal'],
  [[false, true], 'normal'],
  [[false], 'full'],
  [[false, false, false, true], 'partial'],
  [[false, false, false, true, true, true], 'normal'],
] as const)('%j is %s', (ready, state) => {
  expect(zoneState(ready)).toBe(state);
});

test('a small zone that is partly lost is not evicted, a large one slowly', () => {
  expect(evictionRate('partial', 50)).toBe(0);
  expect(evictionRate('partial', 51)).toBe(0.01);
  expect(evictionRate('full', 3)).toBe(0.1);
});

test('nodes of a zone are given up ten seconds apart, and none while all zones are lost', () => {
  const limits = createZoneLimits(createClock({ speed: 1 }));
  const nodes = (ready: boolean) => [
    { zone: 'a', ready: false },
    { zone: 'b', ready },
  ];
  expect(limits.update(nodes(true))).toBe(false);
  expect(limits.takeTurn('a')).toBe(0);
  expect(limits.takeTurn('a')).toBeGreaterThan(9_000);
  expect(limits.takeTurn('b')).toBe(0);
  limits.update(nodes(false));
  expect(limits.allDisrupted).toBe(true);
  expect(limits.takeTurn('b')).toBe(Number.POSITIVE_INFINITY);
  expect(limits.update(nodes(true))).toBe(true);
});
