import fc from 'fast-check';
import { expect, test } from 'vitest';
import { structNamed } from '../types.ts';
import { jsonPatch } from './json-patch.ts';
import { mergePatch } from './merge-patch.ts';
import { strategicMergePatch } from './strategic-merge-patch.ts';

const podSpec = structNamed('io.k8s.api.core.v1.PodSpec');
const patchSpec = (target: object, patch: object) => strategicMergePatch(podSpec, target, patch);

test('JSON patch: every operation, escapes, and refusals that leave nothing half done', () => {
  const target = { a: { 'b/c': [1, 2] }, d: 1 };
  const patched = jsonPatch(target, [
    { op: 'test', path: '/d', value: 1 },
    { op: 'add', path: '/a/b~1c/-', value: 3 },
    { op: 'replace', path: '/a/b~1c/0', value: 0 },
    { op: 'copy', from: '/a/b~1c', path: '/e' },
    { op: 'remove', path: '/a/b~1c/1' },
    { op: 'move', from: '/d', path: '/f' },
  ]);
  expect(patched).toEqual({ a: { 'b/c': [0, 3] }, e: [0, 2, 3], f: 1 });
  expect(target).toEqual({ a: { 'b/c': [1, 2] }, d: 1 });
  expect(() => jsonPatch(target, [{ op: 'test', path: '/d', value: 2 }])).toThrow('test failed');
  expect(() => jsonPatch(target, [{ op: 'remove', path: '/x' }])).toThrow('missing');
  expect(() => jsonPatch(target, [{ op: 'add', path: '/a/b~1c/9', value: 1 }])).toThrow('missing');
});

test('a merge patch applied twice is the same as once, and the empty patch changes nothing', () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  fc.assert(
    fc.property(fc.dictionary(fc.string(), value), fc.dictionary(fc.string(), value), (target, patch) => {
      const once = mergePatch(target, patch);
      expect(mergePatch(once, patch)).toEqual(once);
      expect(mergePatch(target, {})).toEqual(target);
    }),
  );
});

test('a strategic merge patch merges containers by name, deletes, replaces and orders', () => {
  const target = {
    containers: [
      { name: 'a', image: 'a:1', env: [{ name: 'X', value: '1' }] },
      { name: 'b', image: 'b:1' },
    ],
    nodeSelector: { zone: 'a' },
  };
  expect(patchSpec(target, { containers: [{ name: 'a', image: 'a:2' }] })).toMatchObject({
    containers: [{ name: 'a', image: 'a:2', env: [{ name: 'X' }] }, { name: 'b' }],
  });
  expect(patchSpec(target, { containers: [{ name: 'a', $patch: 'delete' }] })).toMatchObject({
    containers: [{ name: 'b' }],
  });
  expect(patchSpec(target, { containers: [{ $patch: 'replace' }, { name: 'c' }] })).toMatchObject({
    containers: [{ name: 'c' }],
  });
  expect(
    patchSpec(target, {
      $setElementOrder: undefined,
      '$setElementOrder/containers': [{ name: 'b' }, { name: 'c' }, { name: 'a' }],
      containers: [{ name: 'c', image: 'c:1' }],
    }),
  ).toMatchObject({ containers: [{ name: 'b' }, { name: 'c' }, { name: 'a' }] });
  expect(patchSpec(target, { nodeSelector: null })).not.toHaveProperty('nodeSelector');
  expect(() => patchSpec(target, { containers: [{ image: 'x' }] })).toThrow('merge key: name');
});

test('retainKeys drops the union member that is no longer meant', () => {
  const deployment = structNamed('io.k8s.api.apps.v1.DeploymentSpec');
  const target = { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } };
  const patch = { strategy: { $retainKeys: ['type'], type: 'Recreate' } };
  expect(strategicMergePatch(deployment, target, patch)).toEqual({ strategy: { type: 'Recreate' } });
});
