import { expect, test } from 'vitest';
import { freshness, headersNotKept } from './freshness.ts';

const byHeaders = { minSec: 0, defaultSec: 60, maxSec: 3600 };
const atLeastTen = { minSec: 10, defaultSec: 60, maxSec: 3600 };
const disabled = { minSec: 0, defaultSec: 0, maxSec: 0 };
const nowUnixMs = Date.UTC(2026, 0, 1);

test.each([
  ['nothing: the default', byHeaders, {}, 60],
  ['max-age', byHeaders, { 'cache-control': 'public, max-age=30' }, 30],
  ['s-maxage wins', byHeaders, { 'cache-control': 'max-age=30, s-maxage=40' }, 40],
  ['at most the maximum', byHeaders, { 'cache-control': 'max-age=99999' }, 3600],
  ['at least the minimum', atLeastTen, { 'cache-control': 'max-age=1' }, 10],
  [
    'max-age wins over Expires',
    byHeaders,
    { 'cache-control': 'max-age=5', expires: 'Thu, 01 Jan 2026 01:00:00 GMT' },
    5,
  ],
  ['Expires', byHeaders, { expires: 'Thu, 01 Jan 2026 00:01:40 GMT' }, 100],
  ['an Expires that is no date', byHeaders, { expires: '0' }, 0],
  ['no-store', byHeaders, { 'cache-control': 'no-store' }, undefined],
  ['private', byHeaders, { 'cache-control': 'private, max-age=60' }, undefined],
  ['no-cache', byHeaders, { 'cache-control': 'no-cache' }, undefined],
  ['no-cache of one header', byHeaders, { 'cache-control': 'no-cache="Set-Cookie", max-age=9' }, 9],
  ['private under a minimum', atLeastTen, { 'cache-control': 'private' }, 10],
  ['a policy that disables', disabled, { 'cache-control': 'max-age=60' }, undefined],
] as const)('a 200 with %s', (_, bounds, headers, ttlSec) => {
  expect(
    freshness({ status: 200, headers: Object.entries(headers), bounds, errorTtlSec: 10, nowUnixMs }).ttlSec,
  ).toBe(ttlSec);
});

test.each([
  [404, {}, 10],
  [503, { 'cache-control': 'no-store' }, 10],
  [503, { 'cache-control': 'max-age=30' }, 30],
  [503, { 'cache-control': 'max-age=3' }, 10],
  [403, {}, undefined],
  [403, { 'cache-control': 'max-age=3' }, 3],
  [401, { 'cache-control': 'max-age=3' }, undefined],
  [302, {}, undefined],
  [302, { 'cache-control': 'max-age=3' }, 3],
] as const)('a %i with %o', (status, headers, ttlSec) => {
  expect(
    freshness({ status, headers: Object.entries(headers), bounds: byHeaders, errorTtlSec: 10, nowUnixMs })
      .ttlSec,
  ).toBe(ttlSec);
});

test('errors are kept even where caching is disabled', () => {
  expect(freshness({ status: 502, headers: [], bounds: disabled, errorTtlSec: 10, nowUnixMs }).ttlSec).toBe(
    10,
  );
  expect(
    freshness({ status: 502, headers: [], bounds: disabled, errorTtlSec: 0, nowUnixMs }).ttlSec,
  ).toBeUndefined();
});

test('must-revalidate forbids stale answers, and named headers are not kept', () => {
  const headers = [['Cache-Control', 'max-age=5, must-revalidate, no-cache="Set-Cookie, X-A"']] as const;
  expect(
    freshness({ status: 200, headers, bounds: byHeaders, errorTtlSec: 10, nowUnixMs }).staleIfError,
  ).toBe(false);
  expect([...headersNotKept(headers)]).toEqual(['set-cookie', 'x-a']);
});
