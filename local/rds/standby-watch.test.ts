import { expect, test } from 'vitest';
import type { ReplicationSample } from './standby-watch.ts';
import { createStandbyWatch } from './standby-watch.ts';

function silences(samples: readonly ReplicationSample[]): readonly number[] {
  const watch = createStandbyWatch();
  return samples.map((sample, index) => watch.observe(sample, 1000 + index));
}

const at = (written: number, flushed: number | null, replyTime: string | null): ReplicationSample => ({
  written,
  flushed,
  replyTime,
});

test('a standby keeps up when it speaks and flushes, at whatever looks it does so', () => {
  expect(silences([at(5, 5, 'a'), at(5, 5, 'b'), at(5, 5, 'b'), at(9, 5, 'c'), at(20, 9, 'd')])).toEqual([
    0, 0, 1, 0, 0,
  ]);
});

test('one that says nothing, that only speaks, or that is not connected does not keep up', () => {
  expect(silences([at(5, 5, 'a'), at(5, 5, 'a'), at(5, 5, 'a')])).toEqual([0, 1, 2]);
  expect(silences([at(5, 5, 'a'), at(9, 5, 'b'), at(9, 5, 'c'), at(9, 5, 'd')])).toEqual([0, 0, 1, 2]);
  expect(silences([at(5, 5, 'a'), at(5, null, null), at(5, null, null)])).toEqual([0, 1, 2]);
});

test('what nobody looked at is not held against it', () => {
  const watch = createStandbyWatch();
  watch.observe(at(5, 5, 'a'), 0);
  watch.forget();
  expect(watch.observe(at(9, 5, 'a'), 60_000)).toBe(0);
});
