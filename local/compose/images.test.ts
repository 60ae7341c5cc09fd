import { expect, test } from 'vitest';
import { createImages } from './images.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const registry = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const held = [`${registry}/hub:v1`, `${registry}/team/load:v1`];
const imageOf = createImages({
  programs: { hub: ['node', 'hub.ts'], 'team/load': ['node', 'private.ts'] },
  publicPrograms: {
    'stormproof/load': ['node', 'load.ts'],
    'public.ecr.aws/tools/echo': ['node', 'echo.ts'],
  },
  resolveDigest: (reference) => (held.includes(reference) ? digest : undefined),
});

test.each([
  [`${registry}/hub:v1`, 'hub.ts'],
  [`${registry}/team/load:v1`, 'private.ts'],
  ['stormproof/load', 'load.ts'],
  ['stormproof/load:1.2', 'load.ts'],
  ['docker.io/stormproof/load:1.2', 'load.ts'],
  [`stormproof/load@${digest}`, 'load.ts'],
  ['public.ecr.aws/tools/echo:latest', 'echo.ts'],
])('%s runs %s', (reference, program) => {
  expect(imageOf(reference)).toEqual({
    digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    command: ['node', program],
  });
});

test.each([
  [`${registry}/hub:v2`],
  [`${registry}/stormproof/load:v1`],
  ['hub:v1'],
  ['load'],
  ['quay.io/stormproof/load'],
  ['constructor'],
])('%s is in no registry', (reference) => {
  expect(imageOf(reference)).toBeUndefined();
});
