import { expect, test } from 'vitest';
import { nodeTaints, toleratedMs } from './taints.ts';

const unreachable = { key: nodeTaints.unreachable, effect: 'NoExecute' };
const other = { key: 'example.com/broken', value: 'yes', effect: 'NoExecute' };
const for300 = {
  key: nodeTaints.unreachable,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
};

test.each([
  [undefined, [unreachable], 0],
  [[for300], [unreachable], 300_000],
  [[for300], [unreachable, other], 0],
  [[for300, { operator: 'Exists' }], [unreachable, other], 300_000],
  [[{ operator: 'Exists' }], [unreachable, other], Number.POSITIVE_INFINITY],
  [[{ key: other.key, value: 'no' }], [other], 0],
  [[{ key: other.key, value: 'yes', tolerationSeconds: -5 }], [other], 0],
])('%j stays on a node with %j for %d ms', (tolerations, taints, ms) => {
  expect(toleratedMs(tolerations, taints)).toBe(ms);
});
