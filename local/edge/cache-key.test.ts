import { expect, test } from 'vitest';
import { cacheKey, type KeySettings, normalEncoding } from './cache-key.ts';
import { selectAll, selection, selectNone } from './selection.ts';

const plain: KeySettings = {
  headers: [],
  cookies: selectNone,
  query: selectNone,
  gzip: false,
  brotli: false,
};

test('only what the policy names tells objects apart', () => {
  const one = request('/a', 'x=1&y=2', { cookie: 'a=1; b=2', 'accept-language': 'de' });
  const two = request('/a', 'x=9&y=2', { cookie: 'a=1; b=9', 'accept-language': 'fr' });
  const same = (settings: Partial<KeySettings>): boolean =>
    cacheKey('E', one, { ...plain, ...settings }) === cacheKey('E', two, { ...plain, ...settings });
  expect(same({})).toBe(true);
  expect(same({ query: selectAll })).toBe(false);
  expect(same({ query: selection('whitelist', ['y']) })).toBe(true);
  expect(same({ query: selection('allExcept', ['x']) })).toBe(true);
  expect(same({ cookies: selection('whitelist', ['a']) })).toBe(true);
  expect(same({ cookies: selectAll })).toBe(false);
  expect(same({ headers: ['accept-language'] })).toBe(false);
  expect(cacheKey('E', one, plain)).not.toBe(cacheKey('F', one, plain));
  expect(cacheKey('E', request('/A', '', {}), plain)).not.toBe(cacheKey('E', request('/a', '', {}), plain));
});

test.each([
  ['gzip, deflate, br', 'br,gzip'],
  ['br;q=0, gzip;q=0.5', 'gzip'],
  ['identity', ''],
  [undefined, ''],
])('Accept-Encoding %s becomes "%s"', (header, normal) => {
  expect(normalEncoding(header, { gzip: true, brotli: true })).toBe(normal);
});

function request(path: string, query: string, headers: Record<string, string>) {
  return { path, query, header: (name: string) => headers[name] };
}
