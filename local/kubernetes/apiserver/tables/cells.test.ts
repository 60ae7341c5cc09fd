import { expect, test } from 'vitest';
import { humanDuration, shortList } from './cells.ts';

test('ages are rounded as kubectl shows them', () => {
  const minute = 60_000;
  const hour = 60 * minute;
  const day = 24 * hour;
  const shown = [
    [-5000, '<invalid>'],
    [0, '0s'],
    [119_000, '119s'],
    [2 * minute, '2m'],
    [3 * minute + 5000, '3m5s'],
    [179 * minute, '179m'],
    [3 * hour + 20 * minute, '3h20m'],
    [47 * hour, '47h'],
    [3 * day + 4 * hour, '3d4h'],
    [100 * day, '100d'],
    [3 * 365 * day, '3y'],
  ] as const;
  for (const [duration, text] of shown) expect(humanDuration(duration)).toBe(text);
});

test('long lists are cut', () => {
  expect(shortList(['a', 'b', 'c', 'd', 'e'])).toBe('a,b,c + 2 more...');
});
