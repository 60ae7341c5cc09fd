import fc from 'fast-check';
import { expect, test } from 'vitest';
import { errorWindowsOf } from './error-window.ts';

const options = { windowMs: 1000, atLeast: 0.2 };

/** Ten requests a second; `bad` says which failed. */
function stream(seconds: number, bad: (number: number) => boolean) {
  return Array.from({ length: seconds * 10 }, (_, number) => ({ atMs: number * 100, good: !bad(number) }));
}

test('one request in three fails for two seconds: no outage to speak of, but one window', () => {
  const seen = stream(10, (number) => number >= 30 && number < 50 && number % 3 === 0);
  expect(errorWindowsOf(seen, options)).toEqual([
    { fromMs: 3000, toMs: 4800, requests: 19, failed: 7, worstShare: 0.4 },
  ]);
});

test('failures below the threshold, and windows of too few requests, are none', () => {
  expect(
    errorWindowsOf(
      stream(10, (number) => number % 10 === 5),
      options,
    ),
  ).toEqual([]);
  expect(errorWindowsOf([{ atMs: 0, good: false }], options)).toEqual([]);
});

test('two bursts further apart than a window are two', () => {
  const seen = stream(10, (number) => (number >= 20 && number < 25) || (number >= 60 && number < 65));
  expect(errorWindowsOf(seen, options)).toHaveLength(2);
});

test('windows are in order, apart, and every window of the threshold lies in one', () => {
  const goods = fc.array(fc.boolean(), { maxLength: 120 });
  fc.assert(
    fc.property(goods, (all) => {
      const seen = all.map((good, number) => ({ atMs: number * 100, good }));
      const windows = errorWindowsOf(seen, options);
      for (const [index, { fromMs, toMs, failed, requests }] of windows.entries()) {
        expect(fromMs).toBeLessThanOrEqual(toMs);
        expect(failed).toBeLessThanOrEqual(requests);
        if (index > 0) expect(fromMs).toBeGreaterThan(windows[index - 1]?.toMs ?? 0);
      }
      for (let last = 9; last < seen.length; last++) {
        const window = seen.slice(last - 9, last + 1);
        const bad = window.filter(({ good }) => !good);
        if (bad.length / window.length < options.atLeast) continue;
        for (const { atMs } of bad)
          expect(windows.some(({ fromMs, toMs }) => fromMs <= atMs && atMs <= toMs)).toBe(true);
      }
    }),
  );
});
