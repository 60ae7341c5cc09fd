import fc from 'fast-check';
import { expect, test } from 'vitest';
import { structNamed } from '../types.ts';
import { fieldsOf } from './collect.ts';
import { compareFields } from './compare.ts';
import type { FieldSet } from './field-set.ts';
import {
  difference,
  equalSets,
  fromFieldsV1,
  intersection,
  isEmpty,
  pathsOf,
  toFieldsV1,
  union,
} from './field-set.ts';
import { mergeApplied, removeFields } from './merge.ts';

const deployment = structNamed('io.k8s.api.apps.v1.Deployment');
const template = (containers: object[]) => ({ spec: { template: { spec: { containers } } } });

const element = fc.constantFrom('f:a', 'f:b', 'v:"x"');
const leaf = fc.boolean().map((owned): FieldSet => ({ owned, children: new Map() }));
const setOver = (below: fc.Arbitrary<FieldSet>) =>
  fc
    .tuple(fc.boolean(), fc.array(fc.tuple(element, below), { maxLength: 3 }))
    .map(([owned, members]): FieldSet => ({ owned, children: new Map(members) }));
const anySet = setOver(setOver(leaf));

test('sets of fields obey the laws of sets, and survive being written', () => {
  fc.assert(
    fc.property(anySet, anySet, (left, right) => {
      expect(isEmpty(difference(left, left))).toBe(true);
      expect(isEmpty(intersection(difference(left, right), right))).toBe(true);
      expect(equalSets(union(difference(left, right), intersection(left, right)), left)).toBe(true);
      const root = { ...left, owned: false };
      expect(equalSets(fromFieldsV1(toFieldsV1(root)), root)).toBe(true);
    }),
  );
});

test('an applied configuration owns its leaves, and items of lists by key with the default key', () => {
  const applied = template([{ name: 'web', ports: [{ containerPort: 80 }], args: ['-v'] }]);
  expect(pathsOf(fieldsOf(deployment, applied))).toEqual([
    '.spec.template.spec.containers[name="web"]',
    '.spec.template.spec.containers[name="web"].name',
    '.spec.template.spec.containers[name="web"].ports[containerPort=80,protocol="TCP"]',
    '.spec.template.spec.containers[name="web"].ports[containerPort=80,protocol="TCP"].containerPort',
    '.spec.template.spec.containers[name="web"].args',
  ]);
});

test('an update is credited with what it added as a recorded server does', () => {
  const after = {
    metadata: { labels: { app: 'hub' } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'hub' } },
      strategy: { rollingUpdate: { maxSurge: 1 } },
    },
  };
  expect(toFieldsV1(compareFields(deployment, {}, after).set)).toEqual({
    'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
    'f:spec': {
      'f:replicas': {},
      'f:selector': {},
      'f:strategy': { 'f:rollingUpdate': { '.': {}, 'f:maxSurge': {} } },
    },
  });
});

test('merging keeps what others own, removing takes only what nobody keeps', () => {
  const live = template([
    { name: 'web', image: 'web:1', imagePullPolicy: 'Always' },
    { name: 'sidecar', image: 'mesh:1' },
  ]);
  const applied = template([{ name: 'web', image: 'web:2' }]);
  const merged = mergeApplied(deployment, live, applied);
  expect(merged).toEqual(
    template([
      { name: 'web', image: 'web:2', imagePullPolicy: 'Always' },
      { name: 'sidecar', image: 'mesh:1' },
    ]),
  );
  const last = fieldsOf(deployment, live);
  const kept = removeFields(deployment, merged, last, fieldsOf(deployment, applied));
  expect(kept).toEqual(template([{ name: 'web', image: 'web:2' }]));
});
