import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatIndexes, parseIndexes } from './job-indexes.ts';

test.each([
  [[], ''],
  [[3], '3'],
  [[4, 3], '3,4'],
  [[0, 1, 2, 5, 7, 8], '0-2,5,7,8'],
])('%j is written "%s"', (indexes, text) => {
  expect(formatIndexes(new Set(indexes))).toBe(text);
});

test('what is written is read again', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(200)), (indexes) => {
      expect([...parseIndexes(formatIndexes(new Set(indexes)))].sort()).toEqual([...indexes].sort());
    }),
  );
});
