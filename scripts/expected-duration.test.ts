import fc from 'fast-check';
import { expect, test } from 'vitest';
import { layerNames } from '../reports/report.ts';
import { expectedDuration } from './expected-duration.ts';

const one = (
  id: string,
  expectedMs: number,
  layers: readonly (typeof layerNames)[number][],
  disrupts: readonly (typeof layerNames)[number][] = [],
) => ({ id, expectedMs, layers, disrupts });

test('what shares overlaps, what disrupts the same layer follows, and the steady state comes first', () => {
  const run = [
    one('STEADY-1', 10, ['edge']),
    one('A-1', 30, ['edge']),
    one('A-2', 20, ['edge']),
    one('B-1', 5, [], ['edge']),
    one('B-2', 7, [], ['edge']),
  ];
  expect(expectedDuration(run, 5)).toEqual({ sumMs: 72, wallMs: 10 + 30 + 5 + 7 });
});

test('disruptions of different layers overlap as far as the deployment allows', () => {
  const run = [one('A-1', 30, [], ['edge']), one('B-1', 20, [], ['database'])];
  expect(expectedDuration(run, 2).wallMs).toBe(30);
  expect(expectedDuration(run, 1).wallMs).toBe(50);
});

test('it ends for any plan, between its longest requirement and the sum of all', () => {
  const layers = fc.subarray([...layerNames]);
  const planned = fc.record({
    id: fc.constantFrom('STEADY-1', 'X-1', 'X-2'),
    expectedMs: fc.nat(1000),
    layers,
    disrupts: layers,
  });
  fc.assert(
    fc.property(fc.array(planned, { maxLength: 12 }), fc.integer({ min: 1, max: 3 }), (run, max) => {
      const { sumMs, wallMs } = expectedDuration(run, max);
      expect(wallMs).toBeLessThanOrEqual(sumMs);
      expect(wallMs).toBeGreaterThanOrEqual(Math.max(0, ...run.map(({ expectedMs }) => expectedMs)));
    }),
  );
});
