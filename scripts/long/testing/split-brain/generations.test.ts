import { expect, test } from 'vitest';
import type { Acknowledged } from './generations.ts';
import { firstOfEach, overlapsOf } from './generations.ts';

test('one primary after the other is no overlap, also when an answer comes late', () => {
  const writes = [write('a', 0, 1), write('b', 10, 11), write('a', 2, 12), write('c', 20, 21)];
  expect(overlapsOf(writes)).toEqual([]);
  expect(firstOfEach(writes).map(({ server }) => server.address)).toEqual(['a', 'b', 'c']);
});

test('a primary that commits after a later one has is an overlap, whoever came first in the list', () => {
  const late = write('a', 12, 13);
  const first = write('b', 10, 11);
  expect(overlapsOf([late, first, write('a', 0, 1)])).toEqual([{ write: late, superseded: first }]);
});

test('a server that starts again is another one', () => {
  const again = { ...write('a', 10, 11), server: { address: 'a', startedAt: '2', timeline: '1' } };
  expect(overlapsOf([write('a', 0, 1), again])).toEqual([]);
  expect(overlapsOf([write('a', 0, 1), again, write('a', 12, 13)])).toHaveLength(1);
});

function write(address: string, commitBeganAt: number, completedAt: number): Acknowledged {
  const server = { address, startedAt: '1', timeline: '1' };
  return { key: `${address}-${commitBeganAt}`, server, commitBeganAt, completedAt };
}
