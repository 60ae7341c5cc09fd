import { expect, test } from 'vitest';
import { createObjectCache, type StoredObject } from './object-cache.ts';

test('what was not asked for longest goes first, and the bound in bytes holds', () => {
  const cache = createObjectCache(10_000);
  for (const key of ['a', 'b', 'c']) cache.set(key, object(key, 2000));
  cache.get('a');
  cache.set('d', object('d', 2000));
  expect(['a', 'b', 'c', 'd'].map((key) => cache.get(key) !== undefined)).toEqual([true, false, true, true]);
  expect(cache.bytes).toBeLessThanOrEqual(10_000);
  cache.set('huge', object('huge', 20_000));
  expect([cache.bytes, cache.get('huge')]).toEqual([0, undefined]);
});

test('an invalidation removes what it names, of its distribution alone', () => {
  const cache = createObjectCache(100_000);
  cache.set('a', object('/x/1', 1));
  cache.set('b', { ...object('/x/1', 1), distributionId: 'other' });
  const before = cache.epoch;
  cache.invalidate('E1', ['/x/*']);
  expect([cache.get('a'), cache.get('b')?.path]).toEqual([undefined, '/x/1']);
  expect(cache.epoch).not.toBe(before);
});

function object(path: string, bytes: number): StoredObject {
  return {
    distributionId: 'E1',
    path,
    query: '',
    status: 200,
    headers: [],
    body: Buffer.alloc(bytes),
    madeAtMs: 0,
    freshUntilMs: 0,
    staleIfError: true,
    quietUntilMs: 0,
  };
}
