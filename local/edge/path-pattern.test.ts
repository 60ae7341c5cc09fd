import { expect, test } from 'vitest';
import { compilePathPattern, matchesInvalidation } from './path-pattern.ts';

test.each([
  ['/static/*', '/static/a/b.css', true],
  ['static/*', '/static/a', true],
  ['/static/*', '/Static/a', false],
  ['*.jpg', '/deep/x.jpg', true],
  ['*.jpg', '/x.jpgx', false],
  ['/a?c', '/abc', true],
  ['/a?c', '/abbc', false],
  ['/a.c', '/abc', false],
  ['*', '/', true],
])('pattern %s on %s: %s', (pattern, path, expected) => {
  expect(compilePathPattern(pattern)(path)).toBe(expected);
});

test('an invalidation takes one path, or all that begin so', () => {
  expect(matchesInvalidation('/a', '/a', '')).toBe(true);
  expect(matchesInvalidation('/a', '/a', 'x=1')).toBe(false);
  expect(matchesInvalidation('/a*', '/a', 'x=1')).toBe(true);
  expect(matchesInvalidation('/*', '/any/thing', '')).toBe(true);
});
