import { expect, test } from 'vitest';
import { createBackoff } from './backoff.ts';

test('the first restart is at once, then 10 s doubling to 300 s; ten quiet minutes forget it', () => {
  let nowMs = 0;
  const backoff = createBackoff(() => nowMs);
  const waits = Array.from({ length: 8 }, () => {
    const waitMs = backoff.nextDelayMs(nowMs);
    nowMs += waitMs;
    return waitMs / 1000;
  });
  expect(waits).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
  nowMs += 601_000;
  expect(backoff.nextDelayMs(nowMs)).toBe(0);
});

test('a container that ran longer than its back-off starts again at once', () => {
  let nowMs = 0;
  const backoff = createBackoff(() => nowMs);
  backoff.nextDelayMs(nowMs);
  nowMs = 60_000;
  expect(backoff.nextDelayMs(55_000)).toBe(5_000);
  expect(backoff.nextDelayMs(30_000)).toBe(0);
});
